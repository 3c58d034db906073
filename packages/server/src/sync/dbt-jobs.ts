import { type DbtJob, dbtWait, judgeDbtJob } from '@muster/core/sync/dbt-results.ts'
import type { SyncContext } from './context.ts'
import {
  type DbtSync,
  dbtSyncs,
  forgottenBefore,
  rememberJob,
  type StoredJob,
  setRunOfJobs,
  storedJobs,
  waitingJobs,
} from './dbt-job-store.ts'
import { queueRun } from './run-store.ts'

/** Tells syncs of a dbt job that has ended. One that was told before keeps what it made of it. */
export async function tellOfJob(
  { database, clock }: SyncContext,
  job: DbtJob,
  syncs: readonly DbtSync[],
): Promise<void> {
  const now = clock()
  const told = syncs
    .filter(({ since }) => job.generatedAt > since && job.generatedAt > forgottenBefore(now))
    .map(({ id, waits, model }) => ({ syncId: id, verdict: judgeDbtJob(job, dbtWait(waits, model)) }))
  if (told.length > 0) await rememberJob(database, job, told, now)
}

/**
 * Queues the runs that jobs begin, each job's once. A sync at rest, or one where a run of another kind waits, is left until
 * later; several jobs that wait then begin one run.
 */
export async function queueJobRuns({ database, clock }: SyncContext): Promise<void> {
  await database.transaction(async (tx) => {
    const bySync = Map.groupBy(await waitingJobs(tx), (job) => job.sync_id)
    for (const [syncId, jobs] of bySync) {
      const runId = await queueRun(tx, { kind: 'sync', syncId, applies: true, now: clock() })
      await setRunOfJobs(tx, { syncId, invocationIds: jobs.map((job) => job.invocation_id), runId })
    }
  })
}

/** What became of a job at one of the syncs that wait for jobs. */
export interface ToldSync {
  readonly sync: string
  /** Null where the job ended before the sync began to wait. */
  readonly job: StoredJob | null
}

/** Tells every sync that waits for dbt jobs of one, and queues the runs that it begins; the same job again changes nothing. */
export async function finishDbtJob(context: SyncContext, job: DbtJob): Promise<ToldSync[]> {
  const syncs = await dbtSyncs(context.database)
  await tellOfJob(context, job, syncs)
  await queueJobRuns(context)
  const stored = await storedJobs(context.database, job.invocationId)
  return syncs.map(({ id, name }) => ({ sync: name, job: stored.find((one) => one.sync_id === id) ?? null }))
}
