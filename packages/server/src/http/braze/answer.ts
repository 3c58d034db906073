import {
  type BrazeRefusal,
  brazeRefusals,
  invalidRestKey,
  partnerNotEnabled,
} from '@muster/core/braze/errors.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { FastifyReply } from 'fastify'
import type { AccessRefusal } from '../../engage/authenticate.ts'

/** Answers one of Braze's refusals, word for word. */
export function sendRefusal(reply: FastifyReply, refusal: BrazeRefusal): FastifyReply {
  const { status, message } = brazeRefusals[refusal]
  return reply.code(status).send({ message })
}

/** Answers a sender who may not. */
export function sendNoAccess(reply: FastifyReply, refusal: AccessRefusal): FastifyReply {
  const { status, message } = noAccess(refusal)
  return reply.code(status).send({ message })
}

function noAccess(refusal: AccessRefusal): { readonly status: number; readonly message: string } {
  switch (refusal.kind) {
    case 'partner_key':
    case 'client_secret':
    case 'no_rest_key':
    case 'permission':
    case 'address':
      return brazeRefusals[refusal.kind]
    case 'not_enabled':
      return partnerNotEnabled(refusal.masked)
    case 'rest_key':
      return invalidRestKey(refusal.masked)
    default:
      return assertNever(refusal)
  }
}

const refusalOfStatus: { readonly [status: number]: BrazeRefusal } = {
  400: 'bad_json',
  404: 'invalid_url',
  413: 'too_large',
  415: 'media_type',
}

/** What is thrown below this surface under the name of its answer. */
const ownRefusals = ['content_encoding', 'too_large', 'key_reused'] as const

function isOwnRefusal(code: string): code is (typeof ownRefusals)[number] {
  return ownRefusals.some((refusal) => refusal === code)
}

/** The Braze surface's table from what was thrown to a status; the admin API has its own in `http/errors.ts`. */
export function answerThrown(thrown: unknown, reply: FastifyReply, log: Log): FastifyReply {
  if (thrown instanceof MusterError && isOwnRefusal(thrown.code)) return sendRefusal(reply, thrown.code)
  if (thrown instanceof MusterError && thrown.kind === 'conflict') return sendRefusal(reply, 'locked')
  if (thrown instanceof MusterError && thrown.kind === 'transient') {
    return reply.code(503).header('retry-after', '1').send({ message: 'Service Unavailable' })
  }
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500
  const refusal = refusalOfStatus[status]
  if (refusal) return sendRefusal(reply, refusal)
  if (status >= 400 && status < 500 && thrown instanceof Error) {
    return reply.code(status).send({ message: thrown.message })
  }
  log.error('a request of the Braze surface failed', {
    request: reply.request.id,
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  })
  return reply.code(500).send({ message: 'Internal Server Error' })
}
