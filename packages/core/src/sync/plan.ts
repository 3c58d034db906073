import { type BatchRange, cutBatches } from './batch.ts'
import { type GuardBreach, type Guards, judge } from './guard.ts'
import type { RowAccounting } from './member.ts'

export type Verdict = 'apply' | 'empty' | 'held'

/** What a diff counted; the changes themselves rest in a file, numbered. */
export interface DiffCounts {
  readonly rows: RowAccounting
  readonly accepted: number | null
  readonly removed: number
  readonly added: number
  readonly unchanged: number
  readonly reasserted: number
}

/** What will be sent, as a value: computed, stored, shown, judged and only then applied, byte for byte. */
export interface Plan {
  readonly verdict: Verdict
  readonly breaches: readonly GuardBreach[]
  readonly counts: DiffCounts
  readonly batches: readonly BatchRange[]
}

/** Judges the counts by the guards and cuts the changes under the destination's limit of ids a request. */
export function planSync(counts: DiffCounts, guards: Guards, idsPerRequest: number): Plan {
  const breaches = judge(guards, {
    rows: counts.rows,
    accepted: counts.accepted,
    removed: counts.removed,
    added: counts.added - counts.reasserted,
  })
  const changes = counts.removed + counts.added
  const verdict: Verdict = breaches.length > 0 ? 'held' : changes === 0 ? 'empty' : 'apply'
  return { verdict, breaches, counts, batches: cutBatches(counts.removed, counts.added, idsPerRequest) }
}
