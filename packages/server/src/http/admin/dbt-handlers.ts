import type { DbtRoutes, DbtStanding } from '@muster/core/api/dbt-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { dbtSentence } from '@muster/core/sync/dbt-results.ts'
import type { StoredJob } from '../../sync/dbt-job-store.ts'
import type { Sync, SyncView } from '../../sync/sync.ts'

/** Telling of dbt jobs. */
export function dbtHandlers(sync: Pick<Sync, 'dbtFinished'>): Handlers<DbtRoutes> {
  return {
    finishDbtJob: async ({ body }) => ({
      invocation_id: body.metadata.invocation_id,
      syncs: (await sync.dbtFinished(body)).map(({ sync: name, job }) => ({
        sync: name,
        ...(job ? atSync(job) : { verdict: 'elsewhere', message: tooOld, run: null }),
      })),
    }),
  }
}

const tooOld = 'the job ended before this sync began to wait for one'

/** What a sync that waits for dbt jobs last heard, as the API has it. */
export function dbtStanding({ dbt }: SyncView): DbtStanding | null {
  if (!dbt) return null
  const { job, problem } = dbt
  return {
    job: job && { ...atSync(job), invocation_id: job.invocation_id, ended_at: toIso(job.ended_at) },
    problem,
  }
}

function atSync({ verdict, message, run_id }: StoredJob) {
  const run = run_id === null ? null : String(run_id)
  return { verdict, message: dbtSentence({ kind: verdict, message }, run), run }
}
