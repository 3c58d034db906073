import { Cron } from 'croner'
import { z } from 'zod'
import { Duration, parseDuration } from '../lib/duration.ts'
import type { Instant } from '../lib/instant.ts'
import { Slug } from '../lib/slug.ts'

const TimeZone = z.string().refine((zone) => cronOf('0 0 * * *', zone) !== null, {
  error: 'is no time zone; write one like Europe/Madrid',
})

/**
 * When a sync runs by itself:
 * - `manual`: never.
 * - `every`: an interval after the run before was due.
 * - `cron`: five fields, in `time_zone` (UTC when absent). A time that a change of clocks leaves out comes as the clock goes
 *   on, and one that comes twice counts once.
 * - `after`: each time that a run of the other sync ended well.
 * - `dbt`: each time that a dbt job has built its model (core/sync/dbt-results.ts): one whose artefact stands at
 *   `run_results`, a path that counts from the project's folder, or was brought by `muster dbt-finished`. `models` names
 *   the nodes that must have ended well; absent, the dbt model that the sync reads, or everything in the job.
 */
export const Schedule = z.union(
  [
    z.literal('manual'),
    z.strictObject({
      every: Duration.refine((text) => parseDuration(text) !== 0, { error: 'must be longer than nothing' }),
    }),
    z.strictObject({
      cron: z
        .string()
        .refine((pattern) => pattern.trim().split(/\s+/).length === 5 && cronOf(pattern) !== null, {
          error: 'must be five fields such as 0 7 * * 1-5',
        }),
      time_zone: TimeZone.optional(),
    }),
    z.strictObject({ after: Slug }),
    z.strictObject({
      dbt: z.strictObject({
        run_results: z.string().min(1).optional(),
        models: z.array(z.string().min(1)).min(1).max(100).optional(),
      }),
    }),
  ],
  { error: 'must be manual, { every: 15m }, { cron: "0 7 * * 1-5" }, { after: another-sync } or { dbt: … }' },
)
export type Schedule = z.output<typeof Schedule>

/** The next time after `now`; null where no time says when it is. */
export function nextRunAt(schedule: Schedule, now: Instant): Instant | null {
  if (schedule === 'manual' || 'after' in schedule || 'dbt' in schedule) return null
  if ('every' in schedule) {
    const interval = parseDuration(schedule.every)
    return interval === null ? null : now + interval
  }
  return cronOf(schedule.cron, schedule.time_zone)?.nextRun(new Date(now))?.getTime() ?? null
}

function cronOf(pattern: string, timezone = 'UTC'): Cron | null {
  try {
    const cron = new Cron(pattern, { timezone, paused: true })
    // A wrong zone shows only when a time is asked for.
    cron.nextRun(new Date(0))
    return cron
  } catch {
    return null
  }
}

/**
 * The syncs that would wait for one another when `name` ran after `after`, from `name` back to itself; null where nothing
 * goes in a circle. `afterOf` gives what each other sync runs after.
 */
export function circleOf(
  name: string,
  after: string,
  afterOf: ReadonlyMap<string, string>,
): readonly string[] | null {
  const way = [name]
  for (let next: string | undefined = after; next !== undefined; next = afterOf.get(next)) {
    way.push(next)
    if (next === name) return way
    if (way.length > afterOf.size + 2) return null
  }
  return null
}
