import { z } from 'zod'
import { Duration, formatDuration, parseDuration } from '../lib/duration.ts'
import type { Instant } from '../lib/instant.ts'
import { formatShare, Share } from '../lib/share.ts'
import { Slug } from '../lib/slug.ts'

/** Whom to tell of a sync's troubles, and what counts as trouble besides a failed or held run. */
export const AlertRules = z.strictObject({
  /** Names of notifiers. */
  to: z.array(Slug).min(1).max(20),
  /** Share of the last run's changes that the destination rejected. */
  max_rejected: Share.optional(),
  /** How long a run may take. */
  max_duration: Duration.optional(),
  /** How long nothing may have been accepted. */
  no_change_for: Duration.optional(),
})
export type AlertRules = z.output<typeof AlertRules>

/**
 * - failed: the last run failed, was stopped, or left changes pending.
 * - held: a guard holds the last run.
 * - rejected: the destination rejected too large a share of the last run.
 * - slow: a run takes, or the last one took, too long.
 * - stale: nothing has been accepted for too long.
 */
export const alertKinds = ['failed', 'held', 'rejected', 'slow', 'stale'] as const
export const AlertKind = z.enum(alertKinds)
export type AlertKind = z.infer<typeof AlertKind>

/**
 * The figures of an alert, so that it can be said in any language: the run that it is of, what was found and what is expected. A
 * share of changes or ms; null where there is none, or none yet.
 */
export const AlertFigures = z.object({
  run: z.int().nullable(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
})
export type AlertFigures = z.infer<typeof AlertFigures>

export interface Alert {
  readonly kind: AlertKind
  /** One sentence. */
  readonly message: string
  /** Absent in one that has ended. */
  readonly figures?: AlertFigures | undefined
}

/** What is known of a sync when it is judged. */
export interface SyncFacts {
  readonly now: Instant
  /** The last run that came to an end of its own or waits for a person; null before the first. */
  readonly last: {
    readonly id: number
    readonly end: 'done' | 'failed' | 'held'
    readonly message: string
    readonly planned: number
    readonly rejected: number
    readonly tookMs: number
  } | null
  /** The run under way. */
  readonly running: { readonly id: number; readonly startedAt: Instant } | null
  /** When the destination last accepted anything; when the sync was made, before that. */
  readonly changedAt: Instant
}

/** Everything that is wrong with a sync now, in the order of the kinds. */
export function judgeSync(rules: AlertRules, facts: SyncFacts): Alert[] {
  const { last, running, now, changedAt } = facts
  const alerts: Alert[] = []
  const raise = (kind: AlertKind, message: string, figures: Partial<AlertFigures>): void =>
    void alerts.push({ kind, message, figures: { run: null, value: null, limit: null, ...figures } })
  if (last?.end === 'failed') raise('failed', `run ${last.id} failed: ${last.message}`, { run: last.id })
  if (last?.end === 'held') raise('held', `run ${last.id} is ${last.message}`, { run: last.id })
  const share = last && last.planned > 0 ? last.rejected / last.planned : 0
  if (last && rules.max_rejected !== undefined && share > rules.max_rejected) {
    raise(
      'rejected',
      `run ${last.id} had ${last.rejected} of ${last.planned} changes (${formatShare(share)}) rejected; at most ${formatShare(rules.max_rejected)} are expected`,
      { run: last.id, value: share, limit: rules.max_rejected },
    )
  }
  const longest = limitOf(rules.max_duration)
  const runningMs = running ? now - running.startedAt : 0
  if (running && runningMs > longest) {
    raise('slow', `run ${running.id} has taken longer than ${rules.max_duration} so far`, {
      run: running.id,
      limit: longest,
    })
  } else if (last && last.tookMs > longest) {
    raise('slow', `run ${last.id} took ${rounded(last.tookMs)}; at most ${rules.max_duration} is expected`, {
      run: last.id,
      value: last.tookMs,
      limit: longest,
    })
  }
  const stillest = limitOf(rules.no_change_for)
  if (now - changedAt > stillest) {
    raise('stale', `nothing has been accepted for more than ${rules.no_change_for}`, { limit: stillest })
  }
  return alerts
}

function limitOf(duration: string | undefined): number {
  return duration === undefined
    ? Number.POSITIVE_INFINITY
    : (parseDuration(duration) ?? Number.POSITIVE_INFINITY)
}

/** To the second, or to the minute above ten of them. */
function rounded(ms: number): string {
  const unit = ms > 600_000 ? 60_000 : 1_000
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit))
}

export interface AlertChange {
  readonly event: 'raised' | 'recovered'
  readonly alert: Alert
}

/**
 * What to tell when a sync's alerts go from one set to another: each once when it begins and once when it ends. One that
 * goes on is not told again, whatever its sentence says by now.
 */
export function alertChanges(before: readonly Alert[], after: readonly Alert[]): AlertChange[] {
  const has = (alerts: readonly Alert[], kind: AlertKind): boolean => alerts.some((one) => one.kind === kind)
  return [
    ...after
      .filter(({ kind }) => !has(before, kind))
      .map((alert): AlertChange => ({ event: 'raised', alert })),
    ...before
      .filter(({ kind }) => !has(after, kind))
      .map(({ kind }): AlertChange => ({ event: 'recovered', alert: { kind, message: recovery[kind] } })),
  ]
}

const recovery: Readonly<Record<AlertKind, string>> = {
  failed: 'the last run did not fail',
  held: 'no guard holds its last run',
  rejected: 'the share of rejected changes is as expected',
  slow: 'the last run was quick enough',
  stale: 'the destination has accepted changes',
}
