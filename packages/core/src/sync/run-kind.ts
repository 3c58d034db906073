import { z } from 'zod'

/**
 * What a run is for:
 * - sync: sends what differs between the model and what the destination has accepted.
 * - full_resync: sends everything that is desired once more, accepted before or not. Who has left is removed as ever, and
 *   the cohort is never empty meanwhile.
 * - reset: takes what the model gives now as accepted, and sends nothing.
 * - undo: takes back what an earlier run has changed and what still stands of it. It lays the sync to rest, since the
 *   next run would do it again.
 * - reconcile: repairs the cohort by what the destination says is in it (reconcile.ts), or where it says nothing by sending
 *   everything once more.
 */
export const runKinds = ['sync', 'full_resync', 'reset', 'undo', 'reconcile'] as const
export const RunKind = z.enum(runKinds)
export type RunKind = z.infer<typeof RunKind>

/** Whether a run may try its first changes before the others. A person has asked for exactly what a repair or an undo sends. */
export function triesFirst(kind: RunKind): boolean {
  return kind === 'sync' || kind === 'full_resync'
}
