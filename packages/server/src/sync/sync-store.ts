import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { SyncDefinition } from '@muster/core/sync/definition.ts'
import type { Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { heldByCanary } from './canary-store.ts'
import type { PartFile } from './engine/part-file.ts'
import type { State } from './engine/state.ts'

export interface StoredSync {
  readonly id: number
  readonly name: string
  readonly definition: SyncDefinition
  readonly cohort_id: string
  /** The name that the destination has acknowledged. */
  readonly cohort_named: string | null
  readonly state: State | null
  readonly state_version: number
  readonly next_run_at: Instant | null
  /** At rest since then: nothing begins a run of it. */
  readonly paused_at: Instant | null
  /** The destination was turned to another place since the last run that ended well: nobody is known to be there. */
  readonly sends_all: boolean
  /** What the destination rejects in run after run (engine/rejections.ts). */
  readonly rejected: PartFile | null
  /** How often that was forgotten. */
  readonly rejected_epoch: number
  readonly created_at: Instant
}

const columns = sql`
  sync.id, sync.name, sync.definition, sync.cohort_id, sync.cohort_named, sync.state, sync.state_version,
  sync.next_run_at, sync.paused_at, sync.sends_all, sync.rejected, sync.rejected_epoch, sync.created_at`

function selectSyncs(on: Queryable, where: Sql): Promise<StoredSync[]> {
  return on.rows<StoredSync>(sql`select ${columns} from sync.sync as sync where ${where} order by sync.name`)
}

export function listSyncs(on: Queryable): Promise<StoredSync[]> {
  return selectSyncs(on, sql`true`)
}

export async function findSync(on: Queryable, name: string): Promise<StoredSync | null> {
  return (await selectSyncs(on, sql`sync.name = ${name}`))[0] ?? null
}

/** The sync; `missing` where there is none of that name. */
export async function getSync(on: Queryable, name: string): Promise<StoredSync> {
  const found = await findSync(on, name)
  if (found) return found
  const names = (await listSyncs(on)).map((one) => one.name)
  throw missing('no_sync', `there is no sync ${name}`, {
    hint: names.length > 0 ? `There are: ${names.join(', ')}.` : 'Make the sync first.',
  })
}

/** The sync of a run. */
export async function getSyncById(on: Queryable, id: number): Promise<StoredSync> {
  const [found] = await selectSyncs(on, sql`sync.id = ${id}`)
  if (!found) throw missing('no_sync', 'the sync of this run is gone')
  return found
}

export interface SyncPut {
  readonly name: string
  readonly definition: SyncDefinition
  readonly cohortId: string
  readonly nextRunAt: Instant | null
  readonly now: Instant
}

/**
 * Makes or changes a sync. One that turns to another cohort or destination begins anew: what another cohort has
 * accepted says nothing of this one, and plans made for it are stale.
 */
export async function storeSync(on: Queryable, put: SyncPut): Promise<void> {
  const { name, definition, cohortId, now } = put
  const nextRunAt = put.nextRunAt === null ? null : new Date(put.nextRunAt)
  await on.rows(sql`
    insert into sync.sync as known
      (name, model, destination, definition, cohort_id, next_run_at, created_at, updated_at)
    values (${name}, ${definition.model}, ${definition.destination}, ${json(definition)}, ${cohortId}, ${nextRunAt},
      ${new Date(now)}, ${new Date(now)})
    on conflict (name) do update
    set
      model = excluded.model, destination = excluded.destination, definition = excluded.definition,
      cohort_id = excluded.cohort_id, next_run_at = excluded.next_run_at, updated_at = excluded.updated_at,
      state = case when ${sameCohort} then known.state end,
      sends_all = known.sends_all and ${sameCohort},
      cohort_named = case when ${sameCohort} then known.cohort_named end,
      state_version = known.state_version + case when ${sameCohort} then 0 else 1 end,
      rejected = case when ${sameCohort} then known.rejected end,
      rejected_epoch = known.rejected_epoch + case when ${sameCohort} then 0 else 1 end`)
}

/** What a sync has taken out says nothing of who is in, so that such a one does not become another, nor the reverse. */
const sameCohort = sql`(
  known.cohort_id = excluded.cohort_id and known.destination = excluded.destination
  and (known.definition ->> 'mode' = 'remove_only') = (excluded.definition ->> 'mode' = 'remove_only')
)`

export async function rememberCohortName(on: Queryable, syncId: number, name: string): Promise<void> {
  await on.rows(sql`update sync.sync set cohort_named = ${name} where id = ${syncId}`)
}

/**
 * Nobody is known to be where the destination is turned to now: the next run of each of its syncs sends everything once more and
 * removes leavers as ever. Plans made before are stale.
 */
export async function sendAllTo(on: Queryable, destination: string): Promise<void> {
  await on.rows(sql`
    update sync.sync set sends_all = true, cohort_named = null, state_version = state_version + 1, ${forgotten}
    where destination = ${destination} and state is not null`)
}

/** Everything that was rejected is tried again; what runs planned before count is not remembered. */
const forgotten = sql`rejected = null, rejected_epoch = rejected_epoch + 1`

export async function forgetRejected(on: Queryable, syncId: number): Promise<void> {
  await on.rows(sql`update sync.sync set ${forgotten} where id = ${syncId}`)
}

/** Points the sync to its rejections, where they were not forgotten since the run was planned. */
export async function storeRejected(
  on: Queryable,
  syncId: number,
  { epoch, part }: { readonly epoch: number; readonly part: PartFile | null },
): Promise<void> {
  await on.rows(sql`
    update sync.sync set rejected = ${part === null ? null : json(part)} where id = ${syncId} and rejected_epoch = ${epoch}`)
}

/** Everything was sent, where the sync has not been turned elsewhere since it came to `version`. */
export async function hasSentAll(on: Queryable, syncId: number, version: number): Promise<void> {
  await on.rows(sql`
    update sync.sync set sends_all = false where id = ${syncId} and sends_all and state_version = ${version}`)
}

/** Points the sync to its new state; false when its state has moved on since `from`. */
export async function advanceState(
  on: Queryable,
  advance: { readonly syncId: number; readonly from: number; readonly state: State },
): Promise<boolean> {
  const moved = await on.rows(sql`
    update sync.sync set state = ${json(advance.state)}, state_version = state_version + 1
    where id = ${advance.syncId} and state_version = ${advance.from}
    returning id`)
  return moved.length === 1
}

/**
 * While a run of another kind waits for its turn, or one for its canary to be released, a sync is not due: its time holds until
 * that run has begun or ended.
 */
export const nothingElseWaits = sql`(
  not exists (
    select from sync.run as waiting
    where waiting.sync_id = sync.id and waiting.status = 'queued' and waiting.kind <> 'sync'
  )
  and not exists (${heldByCanary(sql`sync.id`)})
)`

/** Locks the syncs whose time has come, so that no other server takes them. */
export function dueSyncs(on: Queryable, now: Instant): Promise<StoredSync[]> {
  return on.rows<StoredSync>(sql`
    select ${columns} from sync.sync as sync where sync.next_run_at <= ${new Date(now)} and sync.paused_at is null
      and ${nothingElseWaits}
    order by sync.next_run_at limit 20 for update skip locked`)
}

/**
 * Locks the syncs that run after another one of which a run that brings the model over has ended well since they last
 * followed one; says with each which run it follows now.
 */
export function followingSyncs(on: Queryable): Promise<(StoredSync & { readonly follows: number })[]> {
  return on.rows<StoredSync & { readonly follows: number }>(sql`
    select ${columns}, ended.run as follows
    from sync.sync as sync
    join sync.sync as other on other.name = sync.definition -> 'schedule' ->> 'after'
    cross join lateral (
      select max(run.id) as run from sync.run as run
      where run.sync_id = other.id and run.id > sync.followed_run and run.status = 'done'
        and run.kind in ('sync', 'full_resync')
    ) as ended
    where ended.run is not null and sync.paused_at is null and ${nothingElseWaits}
    order by sync.id limit 20 for update of sync skip locked`)
}

/** Forgets what the destination has accepted; false where a run is under way. Plans made before are stale. */
export async function forgetState(on: Queryable, syncId: number): Promise<boolean> {
  const rows = await on.rows(sql`
    update sync.sync as sync set state = null, cohort_named = null, state_version = state_version + 1, ${forgotten}
    where id = ${syncId} and not exists (
      select from sync.run as run where run.sync_id = sync.id and run.status in ('reading', 'applying')
    )
    returning id`)
  return rows.length === 1
}

/** Lays a sync to rest, or takes it up again. */
export async function setPaused(on: Queryable, syncId: number, at: Instant | null): Promise<void> {
  await on.rows(
    sql`update sync.sync set paused_at = ${at === null ? null : new Date(at)} where id = ${syncId}`,
  )
}

export async function setFollowed(on: Queryable, syncId: number, run: number): Promise<void> {
  await on.rows(sql`update sync.sync set followed_run = ${run} where id = ${syncId}`)
}

/** What has ended until now is not followed: making or changing a schedule begins nothing by itself. */
export async function followFromNow(on: Queryable, name: string): Promise<void> {
  await on.rows(
    sql`update sync.sync set followed_run = coalesce((select max(id) from sync.run), 0) where name = ${name}`,
  )
}

export async function setNextRun(on: Queryable, syncId: number, at: Instant | null): Promise<void> {
  await on.rows(
    sql`update sync.sync set next_run_at = ${at === null ? null : new Date(at)} where id = ${syncId}`,
  )
}
