import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import type { ImportCounts } from './import-cohort.ts'
import type { UserRefRow } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

export interface CohortRow {
  readonly cohort: number
  readonly partner: string
  readonly cohort_id: string
  /** The id where the cohort was never named. */
  readonly name: string
  readonly members: number
  readonly created_at: Instant
  readonly last_import_at: Instant | null
  readonly keeps_unknown: boolean
}

export function listCohorts(database: Queryable, partner: string | null): Promise<CohortRow[]> {
  return database.rows<CohortRow>(selectCohorts(sql`(${partner}::text is null or c.partner = ${partner})`))
}

export async function getCohort(database: Queryable, partner: string, cohortId: string): Promise<CohortRow> {
  const [row] = await database.rows<CohortRow>(
    selectCohorts(sql`c.partner = ${partner} and c.cohort_id = ${cohortId}`),
  )
  if (row) return row
  throw missing('unknown_cohort', `${partner} has no cohort "${cohortId}"`, {
    hint: 'Take its id from the list of cohorts.',
  })
}

function selectCohorts(condition: Sql): Sql {
  return sql`
    select c.cohort, c.partner, c.cohort_id, coalesce(c.name, c.cohort_id) as name, c.created_at, c.keeps_unknown,
      (select count(*) from engage.cohort_member m
       where m.workspace_id = c.workspace_id and m.cohort = c.cohort) as members,
      (select i.at from engage.cohort_import i
       where i.workspace_id = c.workspace_id and i.cohort = c.cohort order by i.import desc limit 1) as last_import_at
    from engage.cohort c
    where c.workspace_id = ${workspaceId} and ${condition}
    order by c.cohort`
}

/** What all imports of a cohort came to. */
export async function sumImports(
  database: Queryable,
  cohort: number,
): Promise<ImportCounts & { readonly requests: number }> {
  const [row] = await database.rows<ImportCounts & { requests: number }>(sql`
    select count(*) as requests, coalesce(sum(ids), 0)::int8 as ids, coalesce(sum(added), 0)::int8 as added,
      coalesce(sum(already_in), 0)::int8 as already_in, coalesce(sum(removed), 0)::int8 as removed,
      coalesce(sum(not_in), 0)::int8 as not_in, coalesce(sum(unknown), 0)::int8 as unknown,
      coalesce(sum(device_of_identified), 0)::int8 as device_of_identified
    from engage.cohort_import where workspace_id = ${workspaceId} and cohort = ${cohort}`)
  if (!row) throw new TypeError('an aggregate gave no row')
  return row
}

/** Every alias and device of profiles. */
export function identifiersOf(
  database: Queryable,
  profiles: readonly number[],
): Promise<{ readonly profile_id: number; readonly label: string | null; readonly name: string }[]> {
  return database.rows(sql`
    select profile_id, label, name from engage.alias
    where workspace_id = ${workspaceId} and profile_id = any(${[...profiles]}::bigint[])
    union all
    select profile_id, null, device_id from engage.device
    where workspace_id = ${workspaceId} and profile_id = any(${[...profiles]}::bigint[])`)
}

/** Members after a braze_id, at most `limit`. */
export function listMembers(
  database: Queryable,
  { cohort, after, limit }: { readonly cohort: number; readonly after: number; readonly limit: number },
): Promise<(UserRefRow & { readonly profile_id: number })[]> {
  return database.rows<UserRefRow & { profile_id: number }>(sql`
    select p.profile_id, p.braze_id, p.external_id, p.first_name, p.last_name
    from engage.cohort_member m
    join engage.profile p on p.workspace_id = m.workspace_id and p.profile_id = m.profile_id
    where m.workspace_id = ${workspaceId} and m.cohort = ${cohort} and m.profile_id > ${after}
    order by m.profile_id limit ${limit}`)
}
