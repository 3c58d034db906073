import { z } from 'zod'
import { assertNever } from '../lib/assert-never.ts'

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
 * - incomplete: applied, but some batches are still pending; the next plan takes them up. Or a part of the plan waits (part.ts).
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

/**
 * How a run ended, in the words of Hightouch's API (`SyncRunStatus`), for those who watch both: `warning` is a run that ended well but
 * for ids which the destination rejected, `interrupted` one that left some pending for the next.
 */
export const RunOutcome = z.enum(['success', 'warning', 'interrupted', 'failed', 'cancelled'])
export type RunOutcome = z.infer<typeof RunOutcome>

/** Takes how a run stands and how many of its ids were rejected; returns null while it goes on or waits for somebody. */
export function outcomeOf(status: RunStatus, rejected: number): RunOutcome | null {
  switch (status) {
    case 'queued':
    case 'reading':
    case 'planned':
    case 'held':
    case 'applying':
      return null
    case 'done':
      return rejected > 0 ? 'warning' : 'success'
    case 'incomplete':
      return 'interrupted'
    case 'stopped':
    case 'failed':
      return 'failed'
    case 'superseded':
    case 'cancelled':
      return 'cancelled'
    default:
      return assertNever(status)
  }
}
