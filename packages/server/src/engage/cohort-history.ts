import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import type { UserRefRow } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/** What happened to a cohort's membership, from the append-only `cohort_change`. */

export interface ChangeRow {
  readonly at: Instant
  readonly cause: 'import' | 'replay' | 'pending' | 'merge' | 'deletion'
  readonly import_id: string | null
  /** Masked. */
  readonly key: string | null
  readonly joins: number
  readonly leaves: number
}

export interface ChangeQuery {
  readonly cohort: number
  /** Only what took in or put out this profile. */
  readonly profileId: number | null
  readonly limit: number
}

/** Changes of a cohort, newest first. */
export function listChanges(database: Queryable, query: ChangeQuery): Promise<ChangeRow[]> {
  const { cohort, profileId, limit } = query
  return database.rows<ChangeRow>(sql`
    select h.at, h.cause, i.request_id as import_id, k.masked as key, h.joins, h.leaves
    from engage.cohort_change h
    left join engage.cohort_import i on i.workspace_id = h.workspace_id and i.import = h.import
    left join engage.api_key k on k.workspace_id = i.workspace_id and k.key_id = i.key_id
    where h.workspace_id = ${workspaceId} and h.cohort = ${cohort}
      and (${profileId}::bigint is null or h.joined @> array[${profileId}::bigint]
        or h.gone @> array[${profileId}::bigint])
    order by h.change desc limit ${limit}`)
}

export interface GrowthRow {
  readonly at: Instant
  readonly joined: number
  readonly gone: number
  readonly members: number
}

export interface GrowthQuery {
  readonly cohort: number
  readonly unit: 'hour' | 'day'
  readonly steps: number
  readonly now: Instant
}

/** The last hours or days of a cohort, oldest first. The members of now, with each later step taken back. */
export function growthOf(
  database: Queryable,
  { cohort, unit, steps, now }: GrowthQuery,
): Promise<GrowthRow[]> {
  const last = sql`date_trunc(${unit}, ${new Date(now)}::timestamptz)`
  const first = sql`${last} - ${`${steps - 1} ${unit}s`}::interval`
  return database.rows<GrowthRow>(sql`
    with moved as (
      select least(date_trunc(${unit}, at), ${last}) as at, sum(joins)::int8 as joined, sum(leaves)::int8 as gone
      from engage.cohort_change
      where workspace_id = ${workspaceId} and cohort = ${cohort} and at >= ${first}
      group by 1
    ), step as (
      select s.at, coalesce(moved.joined, 0) as joined, coalesce(moved.gone, 0) as gone
      from generate_series(${first}, ${last}, ${`1 ${unit}`}::interval) as s (at)
      left join moved on moved.at = s.at
    )
    select at, joined, gone,
      ((select count(*) from engage.cohort_member where workspace_id = ${workspaceId} and cohort = ${cohort})
        - coalesce(sum(joined - gone) over (order by at desc rows between unbounded preceding and 1 preceding), 0)
      )::int8 as members
    from step order by at`)
}

export interface MembersAtQuery {
  readonly cohort: number
  readonly at: Instant
  readonly after: number
  readonly limit: number
}

export type MemberThen = { readonly profile_id: number } & (
  | UserRefRow
  /** Merged or deleted since. */
  | { readonly braze_id: null }
)

/**
 * Members after the last change that was made by then. Imports take effect in the order of the cohort's lock; a time names
 * the state that really was, also where the clocks of two requests disagree.
 */
export async function membersAt(
  database: Queryable,
  { cohort, at, after, limit }: MembersAtQuery,
): Promise<{ readonly count: number; readonly members: readonly MemberThen[] }> {
  const later = sql`
    select joined, gone, joins, leaves from engage.cohort_change
    where workspace_id = ${workspaceId} and cohort = ${cohort} and change > coalesce((
      select change from engage.cohort_change
      where workspace_id = ${workspaceId} and cohort = ${cohort} and at <= ${new Date(at)}
      order by change desc limit 1), 0)`
  const [count] = await database.rows<{ count: number }>(sql`
    select (select count(*) from engage.cohort_member where workspace_id = ${workspaceId} and cohort = ${cohort})
      - coalesce(sum(joins::int8 - leaves), 0)::int8 as count
    from (${later}) later`)
  const members = await database.rows<MemberThen>(sql`
    with later as materialized (${later}), undone as materialized (
      select profile_id, sum(difference) as difference from (
        select unnest(joined) as profile_id, -1 as difference from later
        union all select unnest(gone), 1 from later) moved
      where profile_id > ${after} group by profile_id
    ), present as (
      (select m.profile_id from engage.cohort_member m
       where m.workspace_id = ${workspaceId} and m.cohort = ${cohort} and m.profile_id > ${after}
         and not exists (select from undone where undone.profile_id = m.profile_id and difference < 0)
       order by m.profile_id limit ${limit})
      union all
      select profile_id from undone where difference > 0
    )
    select present.profile_id, p.braze_id, p.external_id, p.first_name, p.last_name
    from present
    left join engage.profile p on p.workspace_id = ${workspaceId} and p.profile_id = present.profile_id
    order by present.profile_id limit ${limit}`)
  return { count: count?.count ?? 0, members }
}
