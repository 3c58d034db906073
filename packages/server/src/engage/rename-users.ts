import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { lockSessions } from './lifecycle-lock.ts'
import { retryMoved } from './retry-moved.ts'
import { workspaceId } from './workspace.ts'

export interface Rename {
  readonly current: string
  readonly next: string
}

/** Why an external_id was not renamed. */
export type RenameProblem = 'unknown' | 'taken' | 'repeated' | null

/**
 * Gives users new external_ids; the old ones are deprecated and still lead to them. Judged by how things were before
 * the request: returns the problem of each in order, null where it was done.
 */
export async function renameUsers(
  database: Database,
  renames: readonly Rename[],
  now: Instant,
): Promise<readonly RenameProblem[]> {
  return retryMoved(() =>
    database.transaction(async (tx) => {
      await lockSessions(
        tx,
        renames.flatMap(({ current, next }) => [`user:${current}`, `user:${next}`]),
      )
      const rows = await tx.rows<{ problem: RenameProblem }>(sql`
        with judged as materialized (
          select i.place, i.current, i.next, p.profile_id,
            case
              when p.profile_id is null then 'unknown'
              when exists (select from engage.profile o
                where o.workspace_id = ${workspaceId} and o.external_id = i.next) then 'taken'
              when exists (select from engage.deprecated_external_id o
                where o.workspace_id = ${workspaceId} and o.external_id = i.next) then 'taken'
              when row_number() over (partition by i.current order by i.place) > 1
                or row_number() over (partition by i.next order by i.place) > 1 then 'repeated'
            end as problem
          from unnest(${renames.map((r) => r.current)}::text[], ${renames.map((r) => r.next)}::text[])
            with ordinality as i (current, next, place)
          left join engage.profile p on p.workspace_id = ${workspaceId} and p.external_id = i.current
        ), renamed as (
          update engage.profile p set external_id = j.next, updated_at = ${new Date(now)}
          from judged j
          where p.workspace_id = ${workspaceId} and p.profile_id = j.profile_id and j.problem is null
        ), kept as (
          insert into engage.deprecated_external_id (workspace_id, external_id, profile_id)
          select ${workspaceId}, current, profile_id from judged where problem is null
        )
        select problem from judged order by place`)
      return rows.map(({ problem }) => problem)
    }),
  )
}

/** Lets deprecated external_ids lead nowhere; returns those that were deprecated. */
export async function removeDeprecated(
  database: Database,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.rows<{ external_id: string }>(sql`
    delete from engage.deprecated_external_id
    where workspace_id = ${workspaceId} and external_id = any(${[...externalIds]}::text[])
    returning external_id`)
  return new Set(rows.map((row) => row.external_id))
}

export interface AliasRename {
  readonly label: string
  readonly oldName: string
  readonly newName: string
}

/** Gives aliases new names; one that nobody has, or whose new name somebody has, stays as it is. */
export async function renameAliases(database: Database, renames: readonly AliasRename[]): Promise<void> {
  await retryMoved(() =>
    database.rows(sql`
      update engage.alias a set name = n.new_name
      from (
        select distinct on (label, new_name) label, old_name, new_name from (
          select distinct on (label, old_name) label, old_name, new_name, place
          from unnest(${renames.map((r) => r.label)}::text[], ${renames.map((r) => r.oldName)}::text[],
                      ${renames.map((r) => r.newName)}::text[])
            with ordinality as i (label, old_name, new_name, place)
          order by label, old_name, place) first
        order by label, new_name, place) n
      where a.workspace_id = ${workspaceId} and a.label = n.label and a.name = n.old_name
        and not exists (select from engage.alias k
          where k.workspace_id = a.workspace_id and k.label = n.label and k.name = n.new_name)`),
  )
}
