import type { ApiError } from '@muster/core/api/client.ts'
import { type ErrorKind, fault, MusterError } from '@muster/core/lib/error.ts'

/** The one place where the admin API's errors get their status. The Braze surface has its own table in `braze/`. */
const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  missing: 404,
  denied: 403,
  conflict: 409,
  transient: 503,
  fault: 500,
}

/** What the admin API answers to anything thrown. An error that is not ours says nothing of itself. */
export function toApiError(thrown: unknown): { readonly status: number; readonly body: ApiError } {
  const error = asMusterError(thrown)
  return {
    status: error.code === 'not_signed_in' ? 401 : statusOf[error.kind],
    body: {
      error: {
        kind: error.kind,
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.details.length === 0 ? {} : { details: error.details }),
      },
    },
  }
}

function asMusterError(thrown: unknown): MusterError {
  if (thrown instanceof MusterError) return thrown
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : 500
  if (thrown instanceof Error && typeof status === 'number' && status < 500) {
    return new MusterError('invalid', 'bad_request', thrown.message)
  }
  return fault('internal', 'something went wrong inside Muster; its log says what', { cause: thrown })
}
