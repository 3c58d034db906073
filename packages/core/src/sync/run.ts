import { z } from 'zod'

/**
 * The life of a run:
 *
 *   queued → reading
 *   reading → planned ─(apply)→ applying → done | incomplete | stopped
 *           ↘ held ──(release)↗   ↘ held, by its canary
 *           ↘ failed            planned, held ─(a newer plan)→ superseded
 *   queued, reading, planned, held, applying ─(cancel)→ cancelled
 *
 * - queued: it waits until the run before it has ended and a process is free; one a sync, which every trigger joins.
 * - planned: the plan stands and waits to be applied; nothing was sent.
 * - held: a guard or a person holds the plan, and nothing was sent; or the first changes were sent and found bad (canary.ts),
 *   and the others wait.
 * - incomplete: applied, but some batches are still pending; the next plan takes them up.
 * - stopped: the destination refused the credentials; what was not accepted is still pending.
 * - cancelled: somebody ended it; what was not accepted by then is still pending, and the next plan takes it up.
 * - failed: the read or the diff failed; nothing was sent and no state changed.
 */
export const runStatuses = [
  'queued',
  'reading',
  'planned',
  'held',
  'applying',
  'done',
  'incomplete',
  'stopped',
  'failed',
  'superseded',
  'cancelled',
] as const
export const RunStatus = z.enum(runStatuses)
export type RunStatus = z.infer<typeof RunStatus>

/** True when nothing more happens to the run by itself. */
export function isSettled(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'reading' && status !== 'applying'
}

/** True when the run ended as its user wanted. */
export function isSuccess(status: RunStatus): boolean {
  return status === 'planned' || status === 'done'
}
