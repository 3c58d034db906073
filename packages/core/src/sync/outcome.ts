import { assertNever } from '../lib/assert-never.ts'
import type { Instant } from '../lib/instant.ts'

/**
 * What is known of a batch after one attempt to deliver it.
 * - accepted: every id was taken.
 * - refused: the destination refuses the content (400); some id is bad, and it does not say which.
 * - unauthorized: the credentials are refused (401, 403); nothing more may be sent with them.
 * - unavailable: locked, limited, broken, timed out or reset (423, 429, 5xx, network); the fate of the batch may be
 *   unknown, so the same batch is sent again.
 */
export type Outcome =
  | { readonly kind: 'accepted'; readonly requestId: string | null; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly status: number; readonly message: string }
  | {
      readonly kind: 'unavailable'
      readonly status: number | null
      readonly message: string
      readonly retryAfterMs: number | null
    }

/**
 * True when the request may still reach the destination, or be at work there, though it is given up here: no answer came, or
 * one that somebody in between may have given.
 */
export function mayBeUnderWay(outcome: Outcome): boolean {
  if (outcome.kind !== 'unavailable') return false
  return outcome.status === null || outcome.status < 300 || outcome.status >= 500
}

export const outcomeKinds = ['accepted', 'refused', 'unauthorized', 'unavailable'] as const
export type OutcomeKind = (typeof outcomeKinds)[number]

/** What to do next with the batch. */
export type NextStep =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'bisect' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'retry'; readonly at: Instant }
  | { readonly kind: 'leave_pending'; readonly reason: string }

export interface RetryPolicy {
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** A Retry-After beyond this is treated as "not in this run". */
  readonly maxRetryAfterMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  firstDelayMs: 500,
  maxDelayMs: 60_000,
  maxRetryAfterMs: 15 * 60_000,
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  readonly ids: number
  readonly now: Instant
  /** Nothing is retried past this; what is left stays pending for the next run. */
  readonly deadline: Instant
  /** In [0, 1): spreads the retries of many batches. */
  readonly jitter: number
}

/** Decides what follows an outcome (design §5, "Errors from the destination"). */
export function nextStep(
  outcome: Outcome,
  attempt: Attempt,
  policy: RetryPolicy = defaultRetryPolicy,
): NextStep {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'acknowledge' }
    case 'refused':
      return attempt.ids > 1 ? { kind: 'bisect' } : { kind: 'reject', reason: outcome.message }
    case 'unauthorized':
      return { kind: 'stop', reason: outcome.message }
    case 'unavailable': {
      const at = attempt.now + retryDelay(outcome.retryAfterMs, attempt, policy)
      const tooLate = at >= attempt.deadline || (outcome.retryAfterMs ?? 0) > policy.maxRetryAfterMs
      return tooLate ? { kind: 'leave_pending', reason: outcome.message } : { kind: 'retry', at }
    }
    default:
      return assertNever(outcome)
  }
}

/** Exponential with full jitter over its upper half; never earlier than the destination asked. */
function retryDelay(retryAfterMs: number | null, attempt: Attempt, policy: RetryPolicy): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** Math.min(attempt.number - 1, 20))
  const backoff = ceiling / 2 + (ceiling / 2) * attempt.jitter
  return Math.ceil(Math.max(backoff, (retryAfterMs ?? 0) * (1 + attempt.jitter / 10)))
}
