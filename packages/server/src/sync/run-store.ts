import { conflict, missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Canary } from '@muster/core/sync/canary.ts'
import type { GuardBreach } from '@muster/core/sync/guard.ts'
import type { Member } from '@muster/core/sync/member.ts'
import type { DiffCounts, Verdict } from '@muster/core/sync/plan.ts'
import type { ReconcileNote } from '@muster/core/sync/reconcile.ts'
import type { DeliverySums, Report, RunCause } from '@muster/core/sync/report.ts'
import type { RunStatus } from '@muster/core/sync/run.ts'
import type { RunKind } from '@muster/core/sync/run-kind.ts'
import { type Queryable, sqlState } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { heldByCanary, type StoredCanary } from './canary-store.ts'
import type { Changes } from './engine/diff-buckets.ts'
import type { PlanParts } from './part-plan.ts'

/** A plan as it is stored and shown; its changes rest in files. */
export interface StoredPlan {
  readonly verdict: Verdict
  readonly breaches: readonly GuardBreach[]
  readonly counts: DiffCounts
  readonly requests: number
  /** About how long sending takes; absent in plans of before. */
  readonly seconds?: number
  readonly samples: { readonly added: readonly Member[]; readonly removed: readonly Member[] }
  /** How its first changes are tried. */
  readonly canary?: Canary
  /** What goes while a part waits; with the verdict `apply` the plan is only of what goes. */
  readonly parts?: PlanParts
  /** What people should know of how it was made. */
  readonly note?: string
  /** The same as codes, where it has some. */
  readonly notes?: readonly ReconcileNote[]
}

/** Where a plan goes. */
export interface Target {
  readonly destination: string
  readonly cohort_id: string
}

export interface StoredRun {
  readonly id: number
  readonly sync_id: number
  readonly sync: string
  readonly kind: RunKind
  /** Of an undo: the run that it takes back. */
  readonly undoes: number | null
  readonly status: RunStatus
  readonly applies: boolean
  readonly message: string
  readonly hint: string | null
  readonly cause: RunCause | null
  readonly plan: StoredPlan | null
  readonly changes: Changes | null
  readonly target: Target | null
  readonly state_version: number | null
  /** Of a run that has ended or waits for its canary to be released. */
  readonly delivery: DeliverySums | null
  /** How many changes of each operation are tried first, where the run was begun with a number. */
  readonly canary_first: number | null
  readonly canary: StoredCanary | null
  readonly started_at: Instant
  readonly finished_at: Instant | null
  readonly resumed: boolean
}

const columns = sql`
  run.id, run.sync_id, sync.name as sync, run.kind, run.undoes, run.status, run.applies, run.message, run.hint, run.cause, run.plan,
  run.changes, run.target, run.state_version, run.delivery, run.canary_first, run.canary, run.started_at, run.finished_at,
  run.resumed`

async function selectRuns(on: Queryable, where: Sql, limit: number): Promise<StoredRun[]> {
  return on.rows<StoredRun>(sql`
    select ${columns} from sync.run as run join sync.sync as sync on sync.id = run.sync_id
    where ${where} order by run.id desc limit ${limit}`)
}

export function listRuns(
  on: Queryable,
  filter: { readonly sync?: string | undefined; readonly limit: number },
): Promise<StoredRun[]> {
  return selectRuns(on, filter.sync === undefined ? sql`true` : sql`sync.name = ${filter.sync}`, filter.limit)
}

/** The run; `missing` where there is none of that id. */
export async function getRun(on: Queryable, id: string): Promise<StoredRun> {
  const found = /^\d{1,15}$/.test(id) ? await selectRuns(on, sql`run.id = ${Number(id)}`, 1) : []
  if (found[0]) return found[0]
  throw missing('no_run', `there is no run ${id}`, { hint: 'List the runs to see their ids.' })
}

/** The newest run of each of the syncs. */
export function lastRuns(on: Queryable, syncIds: readonly number[]): Promise<StoredRun[]> {
  return on.rows<StoredRun>(sql`
    select ${columns}
    from sync.sync as sync
    join lateral (
      select * from sync.run as newest where newest.sync_id = sync.id order by newest.id desc limit 1
    ) as run on true
    where sync.id = any(${[...syncIds]}::bigint[])`)
}

/** How many members the model gave in the last runs of a sync that ended well, newest first. */
export async function membersOfRuns(on: Queryable, syncId: number, limit: number): Promise<number[]> {
  const rows = await on.rows<{ members: number }>(sql`
    select (plan -> 'counts' -> 'rows' ->> 'members')::bigint as members
    from sync.run
    where sync_id = ${syncId} and status = 'done' and kind in ('sync', 'full_resync') and plan is not null
    order by id desc limit ${limit}`)
  return rows.map((row) => row.members)
}

/** The runs of a sync whose changes were, or may have been, sent; newest first. */
export function sentRuns(on: Queryable, syncId: number, limit: number): Promise<StoredRun[]> {
  return selectRuns(
    on,
    sql`run.sync_id = ${syncId} and run.changes is not null
      and (run.status in ('applying', 'done', 'incomplete', 'stopped', 'cancelled') or run.delivery is not null)`,
    limit,
  )
}

export interface Lease {
  readonly owner: string
  readonly ms: number
}

const until = (lease: Lease): Sql => sql`now() + ${lease.ms} * interval '1 millisecond'`

/**
 * Lets a run wait for its turn and returns its id. One that waits already is joined, and then sends where either asks for
 * it; who only wants a plan does not join a run that sends, and nobody one of another kind: `conflict`.
 */
export async function queueRun(
  on: Queryable,
  run: {
    readonly syncId: number
    readonly kind: RunKind
    readonly undoes?: number
    readonly applies: boolean
    readonly canaryFirst?: number | undefined
    readonly now: Instant
  },
): Promise<number> {
  const [row] = await on.rows<{ id: number }>(sql`
    insert into sync.run as waiting (sync_id, kind, undoes, status, applies, canary_first, message, started_at)
    values (${run.syncId}, ${run.kind}, ${run.undoes ?? null}, 'queued', ${run.applies},
      ${run.canaryFirst ?? null}, 'waits for its turn', ${new Date(run.now)})
    on conflict (sync_id) where status = 'queued'
    do update set applies = waiting.applies or excluded.applies,
      canary_first = coalesce(excluded.canary_first, waiting.canary_first)
    where (excluded.applies or not waiting.applies) and waiting.kind = excluded.kind
      and waiting.undoes is not distinct from excluded.undoes
    returning id`)
  if (row) return row.id
  throw conflict('run_queued', 'another run of this sync is queued', {
    hint: 'Wait until it ends, or cancel it, then plan again.',
  })
}

/** What a process may take: so many runs, of these syncs or of all, and none that it works on already. */
export interface Taking {
  readonly limit: number
  readonly syncs: readonly number[] | null
  readonly except: readonly number[]
}

/**
 * Begins queued runs under a lease: those of syncs at work in no other run, the oldest first. Nothing is taken when a plan
 * of such a sync is applied at the same moment; the next look finds it settled.
 */
export async function beginQueued(
  on: Queryable,
  lease: Lease,
  { limit, syncs, now }: Taking & { readonly now: Instant },
): Promise<number[]> {
  try {
    const rows = await on.rows<{ id: number }>(sql`
      update sync.run as begun
      set status = 'reading', message = 'reading model ' || waiting.model, started_at = ${new Date(now)},
        lease_owner = ${lease.owner}, lease_until = ${until(lease)}
      from (
        select run.id, sync.model from sync.run as run join sync.sync as sync on sync.id = run.sync_id
        where run.status = 'queued' and (sync.paused_at is null or run.kind = 'undo') and ${ofSyncs(syncs)}
          and not exists (
            select from sync.run as active
            where active.sync_id = run.sync_id and active.status in ('reading', 'applying')
          )
          and not exists (${heldByCanary(sql`run.sync_id`)})
        order by run.id limit ${limit} for update of run skip locked
      ) as waiting
      where begun.id = waiting.id
      returning begun.id`)
    return rows.map((row) => row.id)
  } catch (error) {
    if (sqlState(error) === uniqueViolation) return []
    throw error
  }
}

function ofSyncs(syncs: readonly number[] | null): Sql {
  return syncs === null ? sql`true` : sql`run.sync_id = any(${[...syncs]}::bigint[])`
}

const uniqueViolation = '23505'

function runActive(error: unknown): unknown {
  if (sqlState(error) !== uniqueViolation) return error
  return conflict('run_active', 'a run of this sync is under way', {
    hint: 'Wait until it ends, then try again.',
    cause: error,
  })
}

/**
 * Turns a planned or held run into one that is applied by whoever takes it. False when it is in neither status any more or
 * the state it was planned for has moved on.
 */
export async function beginApplying(
  on: Queryable,
  run: { readonly id: number; readonly message: string; readonly canaryFirst?: number | undefined },
): Promise<boolean> {
  try {
    const begun = await on.rows(sql`
      update sync.run as run
      set status = 'applying', message = ${run.message}, hint = null, cause = null, delivery = null,
        lease_owner = null, lease_until = null,
        canary_first = coalesce(${run.canaryFirst ?? null}::integer, run.canary_first),
        canary = case
          when run.canary -> 'checks' -> -1 ->> 'verdict' = 'held'
          then jsonb_set(run.canary, '{checks,-1,verdict}', '"released"') else run.canary
        end
      from sync.sync as sync
      where run.id = ${run.id} and run.status in ('planned', 'held')
        and sync.id = run.sync_id and sync.state_version = run.state_version
      returning run.id`)
    return begun.length === 1
  } catch (error) {
    throw runActive(error)
  }
}

/** A run that its owner still holds; somebody may have asked to end it. */
export interface HeldRun {
  readonly id: number
  readonly cancel_requested: boolean
}

/** Lets a plan wait for somebody to release it; false where it is no plan that waits to be applied. */
export async function holdRun(on: Queryable, id: number): Promise<boolean> {
  const rows = await on.rows(sql`
    update sync.run set status = 'held', message = 'held by hand', hint = 'Release it to send it.'
    where id = ${id} and status = 'planned' returning id`)
  return rows.length === 1
}

/** Renews the leases of an owner's runs; returns those that it still holds. */
export function renewLeases(on: Queryable, ids: readonly number[], lease: Lease): Promise<HeldRun[]> {
  return on.rows<HeldRun>(sql`
    update sync.run set lease_until = ${until(lease)}
    where id = any(${[...ids]}::bigint[]) and lease_owner = ${lease.owner}
    returning id, cancel_requested`)
}

const waits = sql`status in ('queued', 'planned', 'held')`

/**
 * Asks whoever works on a run to end it; one that waits, for its turn or to be applied, ends at once with the message. Returns
 * whether it had not ended before.
 */
export async function requestCancel(
  on: Queryable,
  { id, message, now }: { readonly id: number; readonly message: string; readonly now: Instant },
): Promise<boolean> {
  const rows = await on.rows(sql`
    update sync.run
    set cancel_requested = true,
      status = case when ${waits} then 'cancelled' else status end,
      message = case when ${waits} then ${message} else message end,
      hint = case when ${waits} then null else hint end,
      cause = case when ${waits} then null else cause end,
      finished_at = case when ${waits} then ${new Date(now)}::timestamptz else finished_at end
    where id = ${id} and (${waits} or status in ('reading', 'applying'))
    returning id`)
  return rows.length === 1
}

/**
 * Lets another server, or the next start, take a run over at once. One that has ended is nobody's to take: its row is left alone,
 * so that whoever writes its ledger does not find it locked.
 */
export async function releaseLease(on: Queryable, id: number, owner: string): Promise<void> {
  await on.rows(sql`
    update sync.run set lease_until = null
    where id = ${id} and lease_owner = ${owner} and status in ('reading', 'applying')`)
}

/** Takes the active runs that nobody holds: those whose lease has run out or was given back, and those just applied. */
export async function takeOverRuns(
  on: Queryable,
  lease: Lease,
  { limit, syncs, except }: Taking,
): Promise<number[]> {
  const rows = await on.rows<{ id: number }>(sql`
    update sync.run
    set resumed = resumed or lease_owner is not null, lease_owner = ${lease.owner}, lease_until = ${until(lease)}
    where id in (
      select run.id from sync.run as run
      where run.status in ('reading', 'applying') and (run.lease_until is null or run.lease_until < now())
        and ${ofSyncs(syncs)} and run.id <> all(${[...except]}::bigint[])
      order by run.id limit ${limit} for update skip locked
    )
    returning id`)
  return rows.map((row) => row.id)
}

/** Throws unless the owner still holds the run; the row stays locked until the transaction ends. */
export async function requireLease(tx: Queryable, id: number, owner: string): Promise<void> {
  const held = await tx.rows(
    sql`select 1 from sync.run where id = ${id} and lease_owner = ${owner} for update`,
  )
  if (held.length === 0) throw leaseLost()
}

export function leaseLost(): Error {
  return conflict('lease_lost', 'another server has taken this run over')
}

/**
 * Writes down what was planned, and sets the sync's older plans aside: one of which a part was sent ends as incomplete. Returns
 * those of which nothing was.
 */
export async function recordPlan(
  tx: Queryable,
  run: {
    readonly id: number
    readonly syncId: number
    readonly status: 'planned' | 'held' | 'applying'
    readonly plan: StoredPlan
    readonly changes: Changes
    readonly target: Target
    readonly stateVersion: number
    readonly report: Report
    readonly now: Instant
  },
): Promise<number[]> {
  const superseded = await tx.rows<{ id: number; unsent: boolean }>(sql`
    update sync.run
    set status = case when delivery is null then 'superseded' else 'incomplete' end,
      message = 'a newer plan has taken its place', hint = null,
      finished_at = case when delivery is null then finished_at else ${new Date(run.now)}::timestamptz end
    where sync_id = ${run.syncId} and status in ('planned', 'held') and id <> ${run.id}
    returning id, delivery is null as unsent`)
  await tx.rows(sql`
    update sync.run
    set status = ${run.status}, plan = ${json(run.plan)}, changes = ${json(run.changes)}, target = ${json(run.target)},
      state_version = ${run.stateVersion}, message = ${run.report.message}, hint = ${run.report.hint}
    where id = ${run.id}`)
  return superseded.flatMap((row) => (row.unsent ? [row.id] : []))
}

/** Ends a run, in whatever way. */
export async function endRun(
  on: Queryable,
  run: {
    readonly id: number
    readonly status: RunStatus
    readonly report: Report
    readonly delivery: DeliverySums | null
    readonly now: Instant
  },
): Promise<void> {
  await on.rows(sql`
    update sync.run
    set status = ${run.status}, message = ${run.report.message}, hint = ${run.report.hint},
      cause = ${run.report.cause === undefined ? null : json(run.report.cause)},
      delivery = ${run.delivery === null ? null : json(run.delivery)}, finished_at = ${new Date(run.now)}
    where id = ${run.id}`)
}
