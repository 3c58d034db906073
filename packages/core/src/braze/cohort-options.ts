import type { Parsed } from './cohorts.ts'

/** What a sender may ask for beyond Braze, by headers of the partner endpoints. */
export interface CohortOptions {
  /** `X-Muster-Report: 1`: the answer says what became of each id. */
  readonly report: boolean
  /** `X-Muster-Dry-Run: 1`: the same report, and nothing is changed or logged. */
  readonly dryRun: boolean
  /** `Idempotency-Key`: the first answer is kept and given again. */
  readonly idempotencyKey: string | null
}

type Headers = { readonly [name: string]: string | readonly string[] | undefined }

/** Takes the headers of a request with names in lower case. */
export function parseCohortOptions(headers: Headers): Parsed<CohortOptions> {
  const key = headers['idempotency-key'] ?? null
  if (key !== null && (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))) {
    return { ok: false, refusal: 'idempotency_key' }
  }
  const dryRun = isSet(headers['x-muster-dry-run'])
  const report = dryRun || isSet(headers['x-muster-report'])
  return { ok: true, value: { report, dryRun, idempotencyKey: key } }
}

function isSet(value: Headers[string]): boolean {
  return value === '1' || value === 'true'
}

/** `POST /partners/{partner}/cohorts/{list|details|members}`: Muster's own, for senders that want to read. */
export interface CohortPage {
  readonly after: number
  readonly limit: number
}

const pageLimit = 1_000

/** Takes the body of a read endpoint. */
export function parseCohortPage({
  after = 0,
  limit = pageLimit,
}: {
  after?: unknown
  limit?: unknown
}): Parsed<CohortPage> {
  const place = typeof after === 'string' && /^\d{1,15}$/.test(after) ? Number(after) : after
  const isPlace = typeof place === 'number' && Number.isSafeInteger(place) && place >= 0
  const isLimit = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= pageLimit
  if (!isPlace || !isLimit) return { ok: false, refusal: 'page' }
  return { ok: true, value: { after: place, limit } }
}
