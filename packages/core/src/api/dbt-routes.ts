import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { DbtRunResults } from '../sync/dbt-results.ts'

/** dbt jobs that have ended, and the syncs that wait for them. */

const JobAtSync = z.object({
  verdict: z.enum(['begins', 'failed', 'elsewhere']),
  /** A sentence on what it means to the sync. */
  message: z.string(),
  /** The run that it began; null where it began none, or where that still waits. */
  run: z.string().nullable(),
})

/** Of a sync that waits for dbt jobs: the last one that concerned it, and what is wrong with the artefact where it is expected. */
export const DbtStanding = z.object({
  job: JobAtSync.extend({ invocation_id: z.string(), ended_at: IsoInstant }).nullable(),
  problem: z.string().nullable(),
})
export type DbtStanding = z.infer<typeof DbtStanding>

export const DbtFinished = z.object({
  invocation_id: z.string(),
  syncs: z.array(JobAtSync.extend({ sync: Slug })),
})
export type DbtFinished = z.infer<typeof DbtFinished>

export const dbtRoutes = {
  finishDbtJob: route({
    method: 'POST',
    path: '/api/dbt/finished',
    summary:
      'Tell of a dbt job by its run_results.json: syncs that wait for such a one run, once an invocation',
    body: DbtRunResults,
    response: DbtFinished,
  }),
}
export type DbtRoutes = typeof dbtRoutes
