import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { json, sql } from '../db/sql.ts'
import type { Changes } from './engine/diff-buckets.ts'
import type { PartFile } from './engine/part-file.ts'

/** A run that has ended and whose ledger is to be written. */
export interface UnwrittenRun {
  readonly id: number
  readonly sync_id: number
  readonly changes: Changes
  readonly removed: number
}

/** The oldest run without its ledger, locked until the transaction ends; null where there is none to be had. */
export async function lockUnwrittenRun(tx: Queryable): Promise<UnwrittenRun | null> {
  const [run] = await tx.rows<UnwrittenRun>(sql`
    select id, sync_id, changes, coalesce((plan -> 'counts' ->> 'removed')::bigint, 0) as removed
    from sync.run
    where ledger is null and changes is not null and status in ('done', 'incomplete', 'stopped', 'cancelled')
    order by id limit 1 for update skip locked`)
  return run ?? null
}

export async function rememberLedger(tx: Queryable, runId: number, ledger: PartFile): Promise<void> {
  await tx.rows(sql`update sync.run set ledger = ${json(ledger)} where id = ${runId}`)
}

/** The changes of the run cannot be read any more: it never gets a ledger. */
export async function giveUpLedger(tx: Queryable, runId: number): Promise<void> {
  await tx.rows(sql`update sync.run set ledger = '{"lost": true}' where id = ${runId}`)
}

export interface SettledBatch {
  readonly number: number
  readonly change_from: number
  readonly status: string
  readonly attempts: number
  readonly answer: string | null
  readonly request_id: string | null
  /** ISO-8601. */
  readonly settled_at: string | null
}

/** How each batch of a run ended; together they partition its changes. */
export function settledBatches(on: Queryable, runId: number): Promise<SettledBatch[]> {
  return on.rows<SettledBatch>(sql`
    select number, change_from, status, attempts, answer, request_id,
      to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as settled_at
    from sync.batch where run_id = ${runId} order by change_from`)
}

export interface LedgerFile {
  readonly run: number
  readonly ledger: PartFile
}

/** The ledgers of a sync's runs to the cohort that it keeps now, oldest first; of one run where one is named. */
export function ledgerFiles(on: Queryable, syncId: number, runId: number | null): Promise<LedgerFile[]> {
  return on.rows<LedgerFile>(sql`
    select run.id as run, run.ledger
    from sync.run as run join sync.sync as sync on sync.id = run.sync_id
    where run.sync_id = ${syncId} and run.ledger ? 'file'
      and run.target ->> 'cohort_id' = sync.cohort_id and run.target ->> 'destination' = sync.destination
      and (${runId}::bigint is null or run.id = ${runId})
    order by run.id`)
}

export interface ForgottenRun {
  readonly id: number
  readonly sync_id: number
}

/** Forgets the changes and ledgers of runs that ended before; their files are then the caller's to delete. */
export function forgetLedgers(on: Queryable, before: Instant, limit: number): Promise<ForgottenRun[]> {
  return on.rows<ForgottenRun>(sql`
    update sync.run set ledger = null, changes = null
    where id in (
      select id from sync.run
      where ledger is not null and finished_at < ${new Date(before)} order by id limit ${limit}
    )
    returning id, sync_id`)
}
