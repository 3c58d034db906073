import type { Instant } from '@muster/core/lib/instant.ts'
import type { DbtVerdict } from '@muster/core/sync/dbt-results.ts'
import type { ModelDefinition } from '@muster/core/sync/definition.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { nothingElseWaits } from './sync-store.ts'

/** A sync whose schedule is dbt jobs. */
export interface DbtSync {
  readonly id: number
  readonly name: string
  readonly waits: { readonly run_results?: string; readonly models?: readonly string[] }
  readonly model: ModelDefinition
  /** Jobs that ended before begin nothing. */
  readonly since: Instant
}

export function dbtSyncs(on: Queryable): Promise<DbtSync[]> {
  return on.rows<DbtSync>(sql`
    select sync.id, sync.name, sync.definition -> 'schedule' -> 'dbt' as waits, model.definition as model,
      coalesce(sync.dbt_since, sync.created_at) as since
    from sync.sync as sync join sync.model as model on model.name = sync.model
    where sync.definition -> 'schedule' ? 'dbt'
    order by sync.name`)
}

/** The sync waits from now on, and for nothing of before. */
export async function waitForJobsFrom(on: Queryable, name: string, now: Instant): Promise<void> {
  await on.rows(sql`
    with waits as (update sync.sync set dbt_since = ${new Date(now)} where name = ${name} returning id)
    delete from sync.dbt_job as job using waits where job.sync_id = waits.id and job.run_id is null`)
}

const keptMs = 30 * 86_400_000

/** Jobs that ended before are forgotten, and begin nothing when they are told of again. */
export function forgottenBefore(now: Instant): Instant {
  return now - keptMs
}

/** Writes down what a job means to syncs that have not heard of it yet. */
export async function rememberJob(
  on: Queryable,
  job: { readonly invocationId: string; readonly generatedAt: Instant },
  told: readonly { readonly syncId: number; readonly verdict: DbtVerdict }[],
  now: Instant,
): Promise<void> {
  await on.rows(sql`delete from sync.dbt_job where ended_at < ${new Date(forgottenBefore(now))}`)
  await on.rows(sql`
    insert into sync.dbt_job (sync_id, invocation_id, ended_at, verdict, message)
    select told.sync_id, ${job.invocationId}, ${new Date(job.generatedAt)}, told.verdict, told.message
    from unnest(
      ${told.map(({ syncId }) => syncId)}::bigint[], ${told.map(({ verdict }) => verdict.kind)}::text[],
      ${told.map(({ verdict }) => verdict.message)}::text[]
    ) as told (sync_id, verdict, message)
    on conflict (sync_id, invocation_id) do nothing`)
}

/** Locks the jobs whose run may be queued now, so that no other server queues it; a sync that is being deleted is left alone. */
export function waitingJobs(
  tx: Queryable,
): Promise<{ readonly sync_id: number; readonly invocation_id: string }[]> {
  return tx.rows<{ sync_id: number; invocation_id: string }>(sql`
    select job.sync_id, job.invocation_id
    from sync.dbt_job as job join sync.sync as sync on sync.id = job.sync_id
    where job.verdict = 'begins' and job.run_id is null and sync.paused_at is null
      and sync.definition -> 'schedule' ? 'dbt' and ${nothingElseWaits}
    order by job.sync_id, job.invocation_id limit 200
    for update of job skip locked for key share of sync skip locked`)
}

export async function setRunOfJobs(
  tx: Queryable,
  jobs: { readonly syncId: number; readonly invocationIds: readonly string[]; readonly runId: number },
): Promise<void> {
  await tx.rows(sql`
    update sync.dbt_job set run_id = ${jobs.runId}
    where sync_id = ${jobs.syncId} and invocation_id = any(${[...jobs.invocationIds]}::text[])`)
}

export interface StoredJob {
  readonly sync_id: number
  readonly sync: string
  readonly invocation_id: string
  readonly ended_at: Instant
  readonly verdict: DbtVerdict['kind']
  readonly message: string
  readonly run_id: number | null
}

/** What each sync that has heard of a job has made of it. */
export function storedJobs(on: Queryable, invocationId: string): Promise<StoredJob[]> {
  return on.rows<StoredJob>(sql`
    select job.*, sync.name as sync from sync.dbt_job as job join sync.sync as sync on sync.id = job.sync_id
    where job.invocation_id = ${invocationId} order by sync.name`)
}

/** Of each sync the newest job; one of other things only where there was none that concerned it. */
export function lastJobs(on: Queryable, syncIds: readonly number[]): Promise<StoredJob[]> {
  return on.rows<StoredJob>(sql`
    select distinct on (job.sync_id) job.*, sync.name as sync
    from sync.dbt_job as job join sync.sync as sync on sync.id = job.sync_id
    where job.sync_id = any(${[...syncIds]}::bigint[])
    order by job.sync_id, job.verdict = 'elsewhere', job.ended_at desc`)
}
