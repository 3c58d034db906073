import { type BatchRange, cutBatches } from './batch.ts'
import type { SyncMode } from './diff.ts'
import { type Freshness, type GuardBreach, type Guards, judge, usualMembers } from './guard.ts'
import type { RowAccounting } from './member.ts'
import type { SetAside } from './rejected.ts'

export type Verdict = 'apply' | 'empty' | 'held'

/** What a diff counted; the changes themselves rest in a file, numbered. */
export interface DiffCounts {
  readonly rows: RowAccounting
  readonly accepted: number | null
  /** Beside them, of whom nobody knows whether they are in or out (diff.ts, `Accepted`); absent where there are none. */
  readonly unsure?: number
  readonly removed: number
  readonly added: number
  readonly unchanged: number
  readonly reasserted: number
  /** Of what differs, what is not sent since the destination rejects it again and again; absent where nothing is. */
  readonly setAside?: SetAside
}

/** What will be sent, as a value: computed, stored, shown, judged and only then applied, byte for byte. */
export interface Plan {
  readonly verdict: Verdict
  readonly breaches: readonly GuardBreach[]
  readonly counts: DiffCounts
  readonly batches: readonly BatchRange[]
}

/** What a destination lets through. */
export interface DeliveryPace {
  readonly requestsPerHour: number
  readonly concurrency: number
  /** How long an answer usually takes; null where nothing is known yet. */
  readonly answerMs: number | null
}

/** A guess for a destination that has never answered. */
const answerMsUnknown = 250

/**
 * About how long it takes to send so many requests, in seconds: the answers that are waited for, and an hour more each time
 * that the destination's requests of an hour are used up.
 */
export function secondsToSend(
  requests: number,
  { requestsPerHour, concurrency, answerMs }: DeliveryPace,
): number {
  if (requests === 0) return 0
  const waited = (Math.ceil(requests / concurrency) * (answerMs ?? answerMsUnknown)) / 1_000
  const hours = Math.floor((requests - 1) / requestsPerHour)
  return Math.max(waited, hours * 3_600)
}

/** What else is known when a plan is judged. */
export interface PlanContext {
  /** The members that the model gave in the last runs that ended well. */
  readonly members?: readonly number[] | undefined
  readonly freshness?: Freshness | undefined
}

/**
 * Judges the counts by the guards and cuts the changes under the destination's limit of ids a request. A sync that only
 * removes does not know the cohort's members: no share is judged there, only the number removed.
 */
export function planSync(
  counts: DiffCounts,
  { guards, mode }: { readonly guards: Guards; readonly mode: SyncMode },
  idsPerRequest: number,
  known: PlanContext = {},
): Plan {
  const takesOut = mode === 'remove_only'
  const breaches = judge(guards, {
    rows: counts.rows,
    accepted: takesOut ? null : counts.accepted,
    unsure: counts.unsure,
    removed: counts.removed,
    added: takesOut ? 0 : counts.added - counts.reasserted,
    usual: usualMembers(known.members ?? []),
    freshness: known.freshness,
  })
  const changes = counts.removed + counts.added
  const verdict: Verdict = breaches.length > 0 ? 'held' : changes === 0 ? 'empty' : 'apply'
  return { verdict, breaches, counts, batches: cutBatches(counts.removed, counts.added, idsPerRequest) }
}

/** What goes of a held plan while a part of it waits (part.ts): a plan of its own, with the guards that hold the rest. */
export function planPart({ breaches }: Plan, counts: DiffCounts, idsPerRequest: number): Plan {
  const batches = cutBatches(counts.removed, counts.added, idsPerRequest)
  return { verdict: 'apply', breaches, counts, batches }
}
