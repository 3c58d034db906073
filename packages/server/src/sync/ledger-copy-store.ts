import type { Instant } from '@muster/core/lib/instant.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { DeliverySums } from '@muster/core/sync/report.ts'
import type { RunKind } from '@muster/core/sync/run-kind.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import type { PartFile } from './engine/part-file.ts'
import type { Target } from './run-store.ts'

/** A run that has ended and whose sync wants its ledger in the warehouse. */
export interface UncopiedRun {
  readonly id: number
  readonly sync_id: number
  readonly sync: string
  readonly sync_made: Instant
  readonly source: string
  readonly kind: RunKind
  readonly status: string
  readonly message: string
  readonly target: Target | null
  readonly counts: DiffCounts | null
  readonly delivery: DeliverySums | null
  readonly ledger: PartFile | { readonly lost: true } | null
  readonly started_at: Instant
  readonly finished_at: Instant
  readonly copy_attempts: number
}

const copies = sql`sync.definition #>> '{ledger,copy}' = 'warehouse'`
/** One whose changes were sent waits until its own ledger is written. */
const isReady = sql`run.copied_at is null and run.finished_at is not null and (
  run.status = 'failed' or run.changes is null or run.ledger is not null
) and run.status in ('done', 'incomplete', 'stopped', 'cancelled', 'failed')`

/**
 * The run whose turn it is, no other process's until the transaction ends; null where there is none to be had. Its row is not locked: a
 * warehouse that does not answer would keep its sync from being deleted for as long.
 */
export async function lockUncopiedRun(tx: Queryable, now: Instant): Promise<UncopiedRun | null> {
  const [next] = await tx.rows<{ id: number }>(sql`
    select id
    from (
      select run.id
      from sync.run as run join sync.sync as sync on sync.id = run.sync_id
      where ${isDue(now)} order by run.id limit 100
    ) as due
    where pg_try_advisory_xact_lock(hashtextextended('sync.copy', due.id))
    limit 1`)
  if (!next) return null
  // Another process may have copied it between the look and the lock.
  const [run] = await tx.rows<UncopiedRun>(sql`
    select run.id, run.sync_id, sync.name as sync, sync.created_at as sync_made, model.source, run.kind, run.status,
      run.message, run.target, run.plan -> 'counts' as counts, run.delivery, run.ledger, run.started_at, run.finished_at,
      run.copy_attempts
    from sync.run as run
    join sync.sync as sync on sync.id = run.sync_id
    join sync.model as model on model.name = sync.model
    where run.id = ${next.id} and ${isDue(now)}`)
  return run ?? null
}

function isDue(now: Instant): Sql {
  return sql`${copies} and ${isReady} and (run.copy_next_at is null or run.copy_next_at <= ${new Date(now)})`
}

export async function setCopied(tx: Queryable, runId: number, now: Instant): Promise<void> {
  await tx.rows(sql`
    update sync.run set copied_at = ${new Date(now)}, copy_error = null, copy_next_at = null where id = ${runId}`)
}

export async function setCopyFailed(
  tx: Queryable,
  failed: { readonly runId: number; readonly error: string; readonly nextAt: Instant },
): Promise<void> {
  await tx.rows(sql`
    update sync.run
    set copy_attempts = copy_attempts + 1, copy_error = ${failed.error}, copy_next_at = ${new Date(failed.nextAt)}
    where id = ${failed.runId}`)
}

/** How far a sync's ledger is copied. */
export interface CopyStanding {
  readonly sync_id: number
  readonly copied: number
  readonly waiting: number
  /** Why the last attempt failed; null where none that still waits has. */
  readonly error: string | null
  readonly next_at: Instant | null
}

/** Of each of the syncs that copy their ledger. */
export function copyStandings(on: Queryable, syncIds: readonly number[]): Promise<CopyStanding[]> {
  return on.rows<CopyStanding>(sql`
    select sync.id as sync_id,
      (select count(*) from sync.run as run where run.sync_id = sync.id and run.copied_at is not null) as copied,
      waits.waiting, waits.error, waits.next_at
    from sync.sync as sync
    cross join lateral (
      select count(*) as waiting, max(run.copy_next_at) as next_at,
        (array_agg(run.copy_error order by run.copy_next_at desc) filter (where run.copy_error is not null))[1] as error
      from sync.run as run where run.sync_id = sync.id and ${isReady}
    ) as waits
    where sync.id = any(${[...syncIds]}::bigint[]) and ${copies}`)
}
