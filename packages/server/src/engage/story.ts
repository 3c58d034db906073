import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { identifierKinds } from './import-cohort.ts'
import { codedFates, decodeFate, type FateRow, searchedImports } from './import-store.ts'
import type { ProfileRow } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

export interface UserNames {
  readonly aliases: readonly { readonly label: string; readonly name: string }[]
  readonly devices: readonly string[]
}

/** The aliases and devices by which a user is known. */
export async function readNames(database: Queryable, profileId: number): Promise<UserNames> {
  const aliases = await database.rows<{ label: string; name: string }>(sql`
    select label, name from engage.alias
    where workspace_id = ${workspaceId} and profile_id = ${profileId} order by label, name`)
  const devices = await database.rows<{ device_id: string }>(sql`
    select device_id from engage.device
    where workspace_id = ${workspaceId} and profile_id = ${profileId} order by device_id`)
  return { aliases, devices: devices.map((row) => row.device_id) }
}

export interface StoriedFate extends FateRow {
  readonly import_id: string
  readonly cohort_id: string
  readonly at: Instant
}

/** The last fate that each of a user's ids had in each cohort, newest first. */
export function lastFates(database: Queryable, row: ProfileRow, names: UserNames): Promise<StoriedFate[]> {
  return readFates(
    database,
    { row, names },
    sql`i.import > (select coalesce(max(import), 0) - ${searchedImports} from engage.cohort_import
                    where workspace_id = ${workspaceId})`,
  )
}

/** What some imports made of a user's ids. */
export function fatesIn(
  database: Queryable,
  user: { readonly row: ProfileRow; readonly names: UserNames },
  requestIds: readonly string[],
): Promise<StoriedFate[]> {
  return readFates(database, user, sql`i.request_id = any(${[...requestIds]}::uuid[])`)
}

async function readFates(
  database: Queryable,
  { row, names }: { readonly row: ProfileRow; readonly names: UserNames },
  condition: Sql,
): Promise<StoriedFate[]> {
  const ids: { kind: (typeof identifierKinds)[number]; label: string | null; value: string }[] = [
    ...(row.external_id === null
      ? []
      : [{ kind: 'external_id' as const, label: null, value: row.external_id }]),
    ...names.aliases.map(({ label, name }) => ({ kind: 'alias' as const, label, value: name })),
    ...names.devices.map((value) => ({ kind: 'device_id' as const, label: null, value })),
  ]
  const kinds = ids.map(({ kind }) => identifierKinds.indexOf(kind))
  const values = ids.map(({ value }) => value)
  const rows = await database.rows<CodedStory>(sql`
    select distinct on (i.cohort, f.kind, f.label, f.value)
      f.kind, f.label, f.value, f.remove, f.fate, i.import, i.request_id as import_id, c.cohort_id, i.at
    from engage.cohort_import i
    join engage.cohort c on c.workspace_id = i.workspace_id and c.cohort = i.cohort
    cross join ${codedFates}
    join unnest(${kinds}::smallint[], ${ids.map(({ label }) => label)}::text[], ${values}::text[])
      as mine (kind, label, value)
      on mine.kind = f.kind and mine.value = f.value and mine.label is not distinct from f.label
    where i.workspace_id = ${workspaceId} and i.identifiers && ${values}::text[] and ${condition}
    order by i.cohort, f.kind, f.label, f.value, i.import desc, f.place desc`)
  return rows
    .sort((a, b) => b.import - a.import)
    .map((coded) => ({
      ...decodeFate(coded),
      import_id: coded.import_id,
      cohort_id: coded.cohort_id,
      at: coded.at,
    }))
}

interface CodedStory {
  readonly kind: number
  readonly label: string | null
  readonly value: string
  readonly remove: boolean
  readonly fate: number
  readonly import: number
  readonly import_id: string
  readonly cohort_id: string
  readonly at: Instant
}

export interface StoriedMessage {
  readonly send: number
  readonly source: string
  readonly status: 'pending' | 'sent' | 'failed' | 'unknown'
  readonly reason: string | null
  readonly at: Instant
  readonly subject: string | null
  readonly body: string | null
}

/** Every message of a user in the ledger, in the order of their reservation; with its text where the inbox has it. */
export function listMessages(database: Queryable, profileId: number): Promise<StoriedMessage[]> {
  return database.rows<StoriedMessage>(sql`
    select s.send, o.name as source, case s.status when 'sending' then 'pending' else s.status end as status,
      s.reason, coalesce(s.settled_at, s.reserved_at) as at, i.subject, i.body
    from engage.send s
    join engage.send_source o on o.workspace_id = s.workspace_id and o.source = s.source
    left join engage.inbox_message i on i.workspace_id = s.workspace_id and i.send = s.send
    where s.workspace_id = ${workspaceId} and s.profile_id = ${profileId}
    order by s.send`)
}
