import { messageOf } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'

export interface Answer {
  readonly status: number
  readonly requestId: string | null
  /** `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter: string | null
  /** `Date`: the destination's own clock, against which its HTTP dates are read. */
  readonly date: string | null
  readonly body: string
}

const refusals = new Set([400, 413, 422])
const longestMessage = 300

/**
 * What an answer of Braze says of the request. Success is a 2xx with a JSON object whose message, where it has one, is good;
 * an HTML page, an empty or a cut body behind a 200 comes from something in between and proves nothing. What Braze left out of a
 * request it lists under `errors`, also behind a 2xx. It repeats the client secret in one of its messages, so secrets are masked
 * in whatever is kept.
 */
export function readAnswer(answer: Answer, secrets: readonly string[]): Outcome {
  const { status, requestId } = answer
  const body = parseObject(answer.body)
  const message = masked(messageIn(body) ?? `the destination answered ${status}`, secrets)
  if (status >= 200 && status < 300) {
    if (body === null) return unavailable(answer, `the destination answered ${status} without a JSON object`)
    const error = errorIn(body)
    if (error !== null) return { kind: 'refused', status, message: masked(error, secrets) }
    if (isGood(body)) return { kind: 'accepted', requestId, status }
    return unavailable(answer, `the destination answered ${status} and said: ${message}`)
  }
  if (status === 401 || status === 403) return { kind: 'unauthorized', status, message }
  if (refusals.has(status)) return { kind: 'refused', status, message }
  return unavailable(answer, message)
}

/** A request that got no answer: refused connection, reset, timeout, unknown host. */
export function readFailure(error: unknown, secrets: readonly string[]): Outcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const aborted = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  const message = aborted
    ? 'the destination did not answer in time'
    : `the destination cannot be reached: ${masked(messageOf(error) || code, secrets)}`
  return { kind: 'unavailable', status: null, message, retryAfterMs: null }
}

function unavailable(answer: Answer, message: string): Outcome {
  return { kind: 'unavailable', status: answer.status, message, retryAfterMs: retryAfterMs(answer) }
}

function retryAfterMs({ retryAfter, date }: Answer): number | null {
  if (retryAfter === null) return null
  if (/^\s*\d{1,9}\s*$/.test(retryAfter)) return Number(retryAfter) * 1_000
  const [until, now] = [Date.parse(retryAfter), date === null ? Date.now() : Date.parse(date)]
  return Number.isNaN(until - now) ? null : Math.max(0, until - now)
}

/** The JSON object of a body; null where it is none. */
function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** In maintenance Braze answers 202 and `queued`. */
const good = new Set(['success', 'queued'])

function isGood({ message, error }: Readonly<Record<string, unknown>>): boolean {
  if (error !== undefined && error !== null) return false
  return message === undefined || (typeof message === 'string' && good.has(message.toLowerCase()))
}

function errorIn({ errors }: Readonly<Record<string, unknown>>): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return null
  const first: unknown = errors[0]
  return isObject(first) && typeof first.type === 'string' ? first.type : JSON.stringify(first)
}

function messageIn(body: Readonly<Record<string, unknown>> | null): string | null {
  return body !== null && typeof body.message === 'string' && body.message !== '' ? body.message : null
}

/** A message that tells no secret, and is not too long to show. */
export function masked(message: string, secrets: readonly string[]): string {
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '••••'), message)
  return safe.length > longestMessage ? `${safe.slice(0, longestMessage)}…` : safe
}
