import type { Instant } from '@muster/core/lib/instant.ts'
import type { Alert, AlertFigures, AlertKind, AlertRules, SyncFacts } from '@muster/core/sync/alert.ts'
import type { Notice } from '@muster/core/sync/notifier.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** One sync that has rules, with what is known of it and what was wrong with it before. */
export interface WatchedSync {
  readonly id: number
  readonly name: string
  readonly rules: AlertRules | null
  readonly last: SyncFacts['last']
  readonly running: SyncFacts['running']
  readonly changedAt: Instant
  readonly alerts: readonly Alert[]
}

interface WatchedRow {
  readonly id: number
  readonly name: string
  readonly rules: unknown
  readonly last: SyncFacts['last']
  readonly running: SyncFacts['running']
  readonly changed_at: Instant
  readonly alerts: readonly Alert[] | null
}

/** One process judges at a time: false while another one does. The lock goes with the transaction. */
export async function lockAlerts(tx: Queryable): Promise<boolean> {
  const [row] = await tx.rows<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtext('sync.alert')) as locked`,
  )
  return row?.locked === true
}

/**
 * Every sync that has rules or still has alerts. A held run and one that ended count as the last one; a plan that waits
 * to be applied says nothing of the sync's health.
 */
export async function watchedSyncs(
  on: Queryable,
  parse: (rules: unknown) => AlertRules | null,
): Promise<WatchedSync[]> {
  const rows = await on.rows<WatchedRow>(sql`
    select
      sync.id, sync.name, sync.definition -> 'alerts' as rules, last.run as last, running.run as running,
      coalesce(changed.at, sync.created_at) as changed_at, alerts.list as alerts
    from sync.sync as sync
    left join lateral (
      select jsonb_build_object(
        'id', run.id, 'message', run.message,
        'end', case run.status when 'done' then 'done' when 'held' then 'held'
          else case when run.cause ->> 'code' = 'waits' then 'held' else 'failed' end end,
        'planned', coalesce((run.delivery ->> 'planned')::bigint, 0),
        'rejected', coalesce((run.delivery ->> 'rejected')::bigint, 0),
        'tookMs', coalesce(extract(epoch from run.finished_at - run.started_at) * 1000, 0)::bigint
      ) as run
      from sync.run as run
      where run.sync_id = sync.id and run.status in ('done', 'held', 'failed', 'stopped', 'incomplete')
      order by run.id desc limit 1
    ) as last on true
    left join lateral (
      select jsonb_build_object(
        'id', run.id, 'startedAt', (extract(epoch from run.started_at) * 1000)::bigint
      ) as run
      from sync.run as run where run.sync_id = sync.id and run.status in ('reading', 'applying')
      order by run.id desc limit 1
    ) as running on true
    left join lateral (
      select run.finished_at as at from sync.run as run
      where run.sync_id = sync.id and run.finished_at is not null and (run.delivery ->> 'accepted')::bigint > 0
      order by run.id desc limit 1
    ) as changed on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('kind', alert.kind, 'message', alert.message)) as list
      from sync.alert as alert where alert.sync_id = sync.id
    ) as alerts on true
    where sync.definition ? 'alerts' or alerts.list is not null`)
  return rows.map(({ changed_at, alerts, rules, ...row }) => ({
    ...row,
    rules: parse(rules),
    changedAt: changed_at,
    alerts: alerts ?? [],
  }))
}

export interface AlertsOf {
  readonly syncId: number
  readonly alerts: readonly Alert[]
}

/** Writes down what is wrong now: alerts that ended go, those that go on keep their beginning. */
export async function storeAlerts(tx: Queryable, all: readonly AlertsOf[], now: Instant): Promise<void> {
  const flat = all.flatMap(({ syncId, alerts }) => alerts.map((alert) => ({ syncId, ...alert })))
  await tx.rows(sql`
    with
      wanted as (
        select * from unnest(
          ${flat.map(({ syncId }) => syncId)}::bigint[],
          ${flat.map(({ kind }) => kind)}::text[],
          ${flat.map(({ message }) => message)}::text[],
          ${flat.map(({ figures }) => (figures === undefined ? null : JSON.stringify(figures)))}::jsonb[]
        ) as alert (sync_id, kind, message, figures)
      ),
      ended as (
        delete from sync.alert as alert
        where alert.sync_id = any(${all.map(({ syncId }) => syncId)}::bigint[])
          and not exists (select from wanted where wanted.sync_id = alert.sync_id and wanted.kind = alert.kind)
      )
    insert into sync.alert as known (sync_id, kind, message, figures, since)
    select sync_id, kind, message, figures, ${new Date(now)} from wanted
    on conflict (sync_id, kind) do update set message = excluded.message, figures = excluded.figures`)
}

/** Puts notices out for each of their notifiers that exists. */
export async function insertNotices(
  tx: Queryable,
  notices: readonly { readonly notice: Notice; readonly to: readonly string[] }[],
  now: Instant,
): Promise<void> {
  const flat = notices.flatMap(({ notice, to }) => to.map((notifier) => ({ notice, notifier })))
  await tx.rows(sql`
    insert into sync.notice (id, notifier, notice, created_at, next_at)
    select (wanted.notice ->> 'id')::uuid, notifier.name, wanted.notice, ${new Date(now)}, ${new Date(now)}
    from unnest(
      ${flat.map(({ notice }) => JSON.stringify(notice))}::jsonb[],
      ${flat.map(({ notifier }) => notifier)}::text[]
    ) as wanted (notice, notifier)
    join sync.notifier as notifier on notifier.name = wanted.notifier`)
}

export interface DueNotice {
  readonly id: string
  readonly notifier: string
  readonly notice: Notice
  readonly created_at: Instant
  readonly attempts: number
}

/** Takes notices whose time has come, and keeps others off them for as long as the lease lasts. */
export function claimNotices(
  on: Queryable,
  claim: { readonly now: Instant; readonly leaseMs: number; readonly limit: number },
): Promise<DueNotice[]> {
  return on.rows<DueNotice>(sql`
    update sync.notice set attempts = attempts + 1, next_at = ${new Date(claim.now + claim.leaseMs)}
    where (id, notifier) in (
      select id, notifier from sync.notice where ended_at is null and next_at <= ${new Date(claim.now)}
      order by next_at limit ${claim.limit} for update skip locked
    )
    returning id, notifier, notice, created_at, attempts`)
}

/** How telling a notice ended for good. */
export type NoticeEnd = 'told' | 'refused' | 'given_up'

export async function endNotice(
  on: Queryable,
  { id, notifier }: DueNotice,
  end: { readonly status: NoticeEnd; readonly answer: string | null; readonly now: Instant },
): Promise<void> {
  await on.rows(sql`
    update sync.notice set status = ${end.status}, answer = ${end.answer}, ended_at = ${new Date(end.now)}
    where id = ${id} and notifier = ${notifier}`)
}

/** Forgets the notices that ended before a time. */
export async function forgetNotices(on: Queryable, before: Instant): Promise<void> {
  await on.rows(sql`delete from sync.notice where ended_at < ${new Date(before)}`)
}

export interface StoredNotice {
  readonly id: string
  readonly notifier: string
  readonly notice: Notice
  readonly created_at: Instant
  readonly attempts: number
  readonly status: 'pending' | NoticeEnd
  readonly answer: string | null
  readonly ended_at: Instant | null
}

/** What was told to whom and what waits to be told, the newest first. */
export function listNotices(
  on: Queryable,
  filter: { readonly sync?: string | undefined; readonly limit: number },
): Promise<StoredNotice[]> {
  const ofSync = filter.sync === undefined ? sql`true` : sql`notice ->> 'sync' = ${filter.sync}`
  return on.rows<StoredNotice>(sql`
    select id, notifier, notice, created_at, attempts, status, answer, ended_at
    from sync.notice where ${ofSync} order by created_at desc, id, notifier limit ${filter.limit}`)
}

export async function postponeNotice(
  on: Queryable,
  { id, notifier }: DueNotice,
  { until, answer }: { readonly until: Instant; readonly answer: string },
): Promise<void> {
  await on.rows(sql`
    update sync.notice set next_at = ${new Date(until)}, answer = ${answer}
    where id = ${id} and notifier = ${notifier}`)
}

export interface StoredAlert {
  readonly sync: string
  readonly kind: AlertKind
  readonly message: string
  readonly figures: AlertFigures | null
  readonly since: Instant
}

/** What is wrong now, the newest first. */
export function listAlerts(on: Queryable): Promise<StoredAlert[]> {
  return on.rows<StoredAlert>(sql`
    select sync.name as sync, alert.kind, alert.message, alert.figures, alert.since
    from sync.alert as alert join sync.sync as sync on sync.id = alert.sync_id
    order by alert.since desc, sync.name, alert.kind`)
}
