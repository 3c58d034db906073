import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** What is measured of one sync, as it stands now. */
export interface SyncFigures {
  readonly sync: string
  /** Members that the destination has accepted. */
  readonly members: number
  /** Since the sync was made, in ids. */
  readonly accepted: number
  readonly rejected: number
  /** Of the last run that sent. */
  readonly pending: number
  /** Changes that it did not send, since the destination rejects them again and again. */
  readonly set_aside: number
  readonly last_success: number | null
  readonly last_seconds: number | null
  readonly alerts: readonly string[]
  /** By status. */
  readonly runs: Readonly<Record<string, number>>
}

/** The figures of every sync, in one statement. */
export function syncFigures(on: Queryable): Promise<SyncFigures[]> {
  return on.rows<SyncFigures>(sql`
    select
      sync.name as sync,
      coalesce((sync.state ->> 'members')::bigint, 0) as members,
      coalesce(sums.accepted, 0) as accepted, coalesce(sums.rejected, 0) as rejected,
      coalesce(last.pending, 0) as pending, coalesce(last.set_aside, 0) as set_aside, sums.last_success, last.seconds as last_seconds,
      array(select alert.kind from sync.alert as alert where alert.sync_id = sync.id order by alert.kind) as alerts,
      coalesce(sums.runs, '{}') as runs
    from sync.sync as sync
    left join lateral (
      select
        sum(of_status.accepted)::bigint as accepted, sum(of_status.rejected)::bigint as rejected,
        max(of_status.last_success) as last_success, jsonb_object_agg(of_status.status, of_status.runs) as runs
      from (
        select
          run.status, count(*) as runs,
          coalesce(sum((run.delivery ->> 'accepted')::bigint), 0) as accepted,
          coalesce(sum((run.delivery ->> 'rejected')::bigint), 0) as rejected,
          (extract(epoch from max(run.finished_at) filter (where run.status = 'done')))::float8 as last_success
        from sync.run as run where run.sync_id = sync.id group by run.status
      ) as of_status
    ) as sums on true
    left join lateral (
      select
        (run.delivery ->> 'pending')::bigint as pending,
        (
          select sum(value::bigint) from jsonb_each_text(coalesce(run.plan -> 'counts' -> 'setAside', '{}'))
        )::bigint as set_aside,
        extract(epoch from run.finished_at - run.started_at)::float8 as seconds
      from sync.run as run where run.sync_id = sync.id and run.delivery is not null
      order by run.id desc limit 1
    ) as last on true
    order by sync.name`)
}
