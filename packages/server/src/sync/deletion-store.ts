import { conflict } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Deletable, DeletionFacts } from '@muster/core/sync/deletion.ts'
import type { RunStatus } from '@muster/core/sync/run.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'

type Used = Exclude<Deletable, 'sync'>

const tables: Readonly<Record<Deletable, Sql>> = {
  source: sql`sync.source`,
  model: sql`sync.model`,
  destination: sql`sync.destination`,
  notifier: sql`sync.notifier`,
  sync: sql`sync.sync`,
}

/**
 * Keeps everybody from naming the thing anew until the transaction ends: a foreign key to it, and a run of a sync, wait
 * for this lock. Whoever holds one of its rows for long, such as who writes a ledger, is waited for a few seconds.
 */
export async function lockDoomed(tx: Queryable, kind: Deletable, name: string): Promise<void> {
  await tx.rows(sql`set local lock_timeout = '5s'`)
  await tx.rows(sql`select name from ${tables[kind]} where name = ${name} for update`)
}

/**
 * Keeps what a sync's definition names, beside what foreign keys keep, from being deleted until the transaction ends. `conflict`
 * where some of it is gone already.
 */
export async function holdNamed(
  tx: Queryable,
  named: { readonly notifiers: readonly string[]; readonly sync: string | null },
): Promise<void> {
  const notifiers = [...new Set(named.notifiers)]
  const held = [
    ...(await tx.rows(
      sql`select name from sync.notifier where name = any(${notifiers}::text[]) order by name for key share`,
    )),
    ...(await tx.rows(sql`select name from sync.sync where name = ${named.sync} for key share`)),
  ]
  if (held.length === notifiers.length + (named.sync === null ? 0 : 1)) return
  throw conflict('changed_meanwhile', 'something that the sync names was deleted meanwhile', {
    hint: 'Look again, then try again.',
  })
}

/** Nobody judges alerts until the transaction ends, so that none is written down of a sync that goes. */
export async function waitForAlerts(tx: Queryable): Promise<void> {
  await tx.rows(sql`select pg_advisory_xact_lock(hashtext('sync.alert'))`)
}

/** What uses it, by name. */
export async function usersOf(on: Queryable, kind: Deletable, name: string): Promise<string[]> {
  const rows = await on.rows<{ name: string }>(usersSql(kind, name))
  return rows.map((row) => row.name)
}

function usersSql(kind: Deletable, name: string): Sql {
  switch (kind) {
    case 'source':
      return sql`select name from sync.model where source = ${name} order by name`
    case 'model':
      return sql`select name from sync.sync where model = ${name} order by name`
    case 'destination':
      return sql`select name from sync.sync where destination = ${name} order by name`
    case 'notifier':
      return sql`select name from sync.sync where definition #> '{alerts,to}' ? ${name} order by name`
    case 'sync':
      return sql`
        select name from sync.sync where definition -> 'schedule' ->> 'after' = ${name} and name <> ${name} order by name`
  }
}

/** What keeps a sync, as it stands; inside a transaction that has locked it, with its runs locked as well. */
export async function syncFacts(
  on: Queryable,
  sync: { readonly id: number; readonly name: string },
  { locks }: { readonly locks: boolean },
): Promise<Extract<DeletionFacts, { kind: 'sync' }>> {
  const usedBy = await usersOf(on, 'sync', sync.name)
  const lock = locks ? sql` for update` : sql``
  const runs = await on.rows<{ id: number; status: RunStatus }>(sql`
    with known as materialized (select id, status from sync.run where sync_id = ${sync.id}${lock})
    select id, status from known where status in ('queued', 'reading', 'applying', 'held') order by id`)
  const [unanswered] = await on.rows<{ ms: number }>(sql`
    select coalesce(extract(epoch from max(batch.unanswered_until) - now()) * 1000, 0)::float8 as ms
    from sync.batch as batch join sync.run as run on run.id = batch.run_id
    where run.sync_id = ${sync.id} and batch.unanswered_until > now()`)
  return { kind: 'sync', usedBy, runs, unansweredMs: unanswered?.ms ?? 0 }
}

export async function countRuns(on: Queryable, syncId: number): Promise<number> {
  const [row] = await on.rows<{ count: number }>(
    sql`select count(*) as count from sync.run where sync_id = ${syncId}`,
  )
  return row?.count ?? 0
}

export async function deleteNamed(tx: Queryable, kind: Used, name: string): Promise<void> {
  await tx.rows(sql`delete from ${tables[kind]} where name = ${name}`)
}

/**
 * Deletes a sync with all that hangs on it, and writes down that its files are to go. What is still to be told of it is given
 * up: it is news of something that is not there any more.
 */
export async function deleteSync(
  tx: Queryable,
  sync: { readonly id: number; readonly name: string },
  now: Instant,
): Promise<void> {
  await tx.rows(sql`
    update sync.notice
    set status = 'given_up', answer = 'the sync was deleted', ended_at = ${new Date(now)}
    where ended_at is null and notice ->> 'sync' = ${sync.name}`)
  await tx.rows(sql`
    insert into sync.deleted_sync (id, name, deleted_at) values (${sync.id}, ${sync.name}, ${new Date(now)})`)
  await tx.rows(sql`delete from sync.sync where id = ${sync.id}`)
}

/** Tables of ours in the warehouse of a source. */
export interface WarehouseTables {
  readonly source: string
  /** How their names begin. */
  readonly prefix: string
}

/** Written before they are made: where the tables of a sync may stand, in the warehouse of its model's source. */
export async function rememberTables(on: Queryable, syncId: number, prefix: string): Promise<void> {
  await on.rows(sql`
    insert into sync.warehouse_table (sync_id, source, prefix)
    select sync.id, model.source, ${prefix}
    from sync.sync as sync join sync.model as model on model.name = sync.model
    where sync.id = ${syncId}
    on conflict do nothing`)
}

export async function forgetTables(
  on: Queryable,
  syncId: number,
  { source, prefix }: WarehouseTables,
): Promise<void> {
  await on.rows(sql`
    delete from sync.warehouse_table where sync_id = ${syncId} and source = ${source} and prefix = ${prefix}`)
}

/** A sync that is gone, and whose files and tables may still be there. */
export interface DeletedSync {
  readonly id: number
  readonly name: string
  readonly deleted_at: Instant
  readonly tables: readonly WarehouseTables[]
}

/** All that are remembered, or one. */
export function deletedSyncs(on: Queryable, id: number | null): Promise<DeletedSync[]> {
  return on.rows<DeletedSync>(sql`
    select gone.id, gone.name, gone.deleted_at, coalesce(
      (
        select jsonb_agg(jsonb_build_object('source', stands.source, 'prefix', stands.prefix) order by stands.source)
        from sync.warehouse_table as stands where stands.sync_id = gone.id
      ),
      '[]'
    ) as tables
    from sync.deleted_sync as gone where ${id}::bigint is null or gone.id = ${id} order by gone.id`)
}

/** Forgets a deleted sync with whatever is left of it. */
export async function forgetDeleted(on: Queryable, id: number): Promise<void> {
  await on.rows(sql`
    with gone as (delete from sync.deleted_sync where id = ${id} returning id)
    delete from sync.warehouse_table using gone where sync_id = gone.id`)
}
