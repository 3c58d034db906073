import type { ProfileContent } from '@muster/core/engage/attributes.ts'
import type { Profile, ProfileField } from '@muster/core/engage/profile.ts'
import { profileFields } from '@muster/core/engage/profile.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Json } from '@muster/core/lib/json.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export interface UserRefRow {
  readonly braze_id: string
  readonly external_id: string | null
  readonly first_name: string | null
  readonly last_name: string | null
}

type FieldColumns = Readonly<Record<ProfileField, string | null>>

export interface ProfileRow extends FieldColumns {
  readonly profile_id: number
  readonly braze_id: string
  readonly external_id: string | null
  readonly custom_attributes: Readonly<Record<string, Json>>
  readonly details: Readonly<Record<string, Json>>
  readonly random_bucket: number
  readonly created_at: Instant
}

/** The columns of `ProfileRow`, of a profile `p`. */
export const profileColumns: Sql = sql`
  p.profile_id, p.braze_id, p.external_id, p.first_name, p.last_name, p.email, p.phone, p.gender, p.dob, p.country,
  p.home_city, p.language, p.time_zone, p.custom_attributes, p.details, p.random_bucket, p.created_at`

export function contentOf(row: ProfileRow): ProfileContent {
  const fields: { [Field in ProfileField]?: string } = {}
  for (const field of profileFields) {
    const value = row[field]
    if (value !== null) fields[field] = value
  }
  return { fields, custom: row.custom_attributes, details: row.details }
}

export function profileOf(row: ProfileRow, cohorts: ReadonlySet<number> = new Set()): Profile {
  const { profile_id: id, braze_id: brazeId, external_id: externalId } = row
  const { fields, custom } = contentOf(row)
  return { id, brazeId, externalId, fields, custom, cohorts }
}

/** A subquery of at most one `profile_id`: who has the external_id, or had it before a rename. */
export function profileOfExternalId(externalId: Sql): Sql {
  return sql`
    select p.profile_id from engage.profile p
    where p.workspace_id = ${workspaceId} and p.external_id = ${externalId}
    union all
    select d.profile_id from engage.deprecated_external_id d
    where d.workspace_id = ${workspaceId} and d.external_id = ${externalId}
    limit 1`
}

/** Locks profiles for a change in the order of their ids, so that two requests never wait for each other in a circle. */
export function lockProfiles(tx: Queryable, profileIds: readonly number[]): Promise<ProfileRow[]> {
  const ordered = [...new Set(profileIds)].sort((a, b) => a - b)
  return tx.rows<ProfileRow>(sql`
    select ${profileColumns}
    from unnest(${ordered}::bigint[]) as n (profile_id)
    cross join lateral (
      select * from engage.profile
      where workspace_id = ${workspaceId} and profile_id = n.profile_id offset 0 for no key update) p`)
}

/** Contents with who they are of, as columns for `unnest`. */
function contentColumns(contents: readonly ProfileContent[]): Sql {
  const column = (field: ProfileField): Sql =>
    sql`${contents.map((content) => content.fields[field] ?? null)}::text[]`
  const custom = contents.map((content) => JSON.stringify(content.custom))
  return sql`
    ${column('first_name')}, ${column('last_name')}, ${column('email')}, ${column('phone')}, ${column('gender')},
    ${column('dob')}, ${column('country')}, ${column('home_city')}, ${column('language')}, ${column('time_zone')},
    ${custom}::jsonb[], ${contents.map((content) => JSON.stringify(content.details))}::jsonb[]`
}

const contentNames: Sql = sql`
  first_name, last_name, email, phone, gender, dob, country, home_city, language, time_zone, custom_attributes, details`

/** Replaces what these profiles say. The caller holds their locks. */
export async function writeContents(
  tx: Queryable,
  changed: ReadonlyMap<number, ProfileContent>,
  now: Instant,
): Promise<void> {
  if (changed.size === 0) return
  await tx.rows(sql`
      update engage.profile p
      set first_name = n.first_name, last_name = n.last_name, email = n.email, phone = n.phone, gender = n.gender,
        dob = n.dob, country = n.country, home_city = n.home_city, language = n.language, time_zone = n.time_zone,
        custom_attributes = n.custom_attributes, details = n.details, updated_at = ${new Date(now)}
      from unnest(${[...changed.keys()]}::bigint[], ${contentColumns([...changed.values()])})
        as n (profile_id, ${contentNames})
      where p.workspace_id = ${workspaceId} and p.profile_id = n.profile_id`)
}

/**
 * Makes identified profiles with their content. Leaves out an external_id that somebody else has made meanwhile; the
 * answer is the number of profiles by external_id that were made.
 */
export async function createIdentified(
  tx: Queryable,
  contents: ReadonlyMap<string, ProfileContent>,
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  if (contents.size === 0) return new Map()
  const rows = await tx.rows<{ external_id: string; profile_id: number }>(
    sql`
      insert into engage.profile (workspace_id, external_id, created_at, updated_at, ${contentNames})
      select ${workspaceId}, n.external_id, ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz,
        n.first_name, n.last_name, n.email, n.phone, n.gender, n.dob, n.country, n.home_city, n.language, n.time_zone,
        n.custom_attributes, n.details
      from unnest(${[...contents.keys()]}::text[], ${contentColumns([...contents.values()])})
        as n (external_id, ${contentNames})
      order by n.external_id
      on conflict (workspace_id, external_id) where external_id is not null do nothing
      returning external_id, profile_id`,
    { prepared: 'create_identified' },
  )
  return new Map(rows.map((row) => [row.external_id, row.profile_id]))
}

/** Makes profiles without an external_id, known by their email or phone only; returns their ids in order. */
export async function createUnidentified(
  tx: Queryable,
  contents: readonly ProfileContent[],
  now: Instant,
): Promise<number[]> {
  if (contents.length === 0) return []
  const rows = await tx.rows<{ profile_id: number }>(sql`
    with wanted as materialized (
      select nextval('engage.profile_number') as profile_id, n.*
      from unnest(${contentColumns(contents)}) with ordinality as n (${contentNames}, place)
    ), made as (
      insert into engage.profile (workspace_id, profile_id, created_at, updated_at, ${contentNames})
      select ${workspaceId}, profile_id, ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz, ${contentNames}
      from wanted
    )
    select profile_id from wanted order by place`)
  return rows.map((row) => row.profile_id)
}

export interface AliasName {
  readonly label: string
  readonly name: string
}

/** Makes users known only by an alias, for the aliases that nobody has; returns the aliases of those it made. */
export async function createAliasOnly(
  tx: Queryable,
  aliases: readonly AliasName[],
  now: Instant,
): Promise<AliasName[]> {
  if (aliases.length === 0) return []
  return tx.rows<AliasName>(sql`
    with wanted as (
      select nextval('engage.profile_number') as profile_id, n.label, n.name
      from (select distinct label, name
            from unnest(${aliases.map((a) => a.label)}::text[], ${aliases.map((a) => a.name)}::text[])
              as given (label, name)) n
      where not exists (select from engage.alias a
                        where a.workspace_id = ${workspaceId} and a.label = n.label and a.name = n.name)
    ), named as (
      insert into engage.alias (workspace_id, label, name, profile_id)
      select ${workspaceId}, label, name, profile_id from wanted order by label, name
      on conflict do nothing
      returning label, name, profile_id
    ), made as (
      insert into engage.profile (workspace_id, profile_id, created_at, updated_at)
      select ${workspaceId}, profile_id, ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz from named
    )
    select label, name from named`)
}

/** Gives users aliases; one whose label the user has, or whose name somebody has, is left out. */
export async function addAliases(
  tx: Queryable,
  aliases: readonly (AliasName & { readonly externalId: string })[],
): Promise<void> {
  if (aliases.length === 0) return
  await tx.rows(sql`
    insert into engage.alias (workspace_id, label, name, profile_id)
    select ${workspaceId}, n.label, n.name, p.profile_id
    from unnest(${aliases.map((a) => a.label)}::text[], ${aliases.map((a) => a.name)}::text[],
                ${aliases.map((a) => a.externalId)}::text[]) as n (label, name, external_id)
    cross join lateral (${profileOfExternalId(sql`n.external_id`)}) p
    order by n.label, n.name
    on conflict do nothing`)
}

export async function countUsers(
  database: Queryable,
): Promise<{ readonly users: number; readonly identified: number }> {
  const [row] = await database.rows<{ users: number; identified: number }>(sql`
    select count(*) as users, count(external_id) as identified
    from engage.profile where workspace_id = ${workspaceId}`)
  return row ?? { users: 0, identified: 0 }
}
