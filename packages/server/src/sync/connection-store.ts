import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'

/** Sources, destinations and notifiers as they are stored: the same columns in three tables. */
export type ConnectionKind = 'source' | 'destination' | 'notifier'

export interface StoredConnection {
  readonly name: string
  readonly type: string
  readonly config: Readonly<Record<string, unknown>>
  /** By field of the configuration; sealed. */
  readonly secrets: Readonly<Record<string, string>>
  readonly updated_at: Instant
}

const tables: Readonly<Record<ConnectionKind, Sql>> = {
  source: sql`sync.source`,
  destination: sql`sync.destination`,
  notifier: sql`sync.notifier`,
}

export function listConnections(on: Queryable, kind: ConnectionKind): Promise<StoredConnection[]> {
  return on.rows<StoredConnection>(
    sql`select name, type, config, secrets, updated_at from ${tables[kind]} order by name`,
  )
}

export async function findConnection(
  on: Queryable,
  kind: ConnectionKind,
  name: string,
): Promise<StoredConnection | null> {
  const [row] = await on.rows<StoredConnection>(
    sql`select name, type, config, secrets, updated_at from ${tables[kind]} where name = ${name}`,
  )
  return row ?? null
}

/** The connection; `missing` where there is none of that name. */
export async function getConnection(
  on: Queryable,
  kind: ConnectionKind,
  name: string,
): Promise<StoredConnection> {
  const found = await findConnection(on, kind, name)
  if (found) return found
  const names = (await listConnections(on, kind)).map((one) => one.name)
  throw missing(`no_${kind}`, `there is no ${kind} ${name}`, {
    hint: names.length > 0 ? `There are: ${names.join(', ')}.` : `Make the ${kind} first.`,
  })
}

export async function storeConnection(
  on: Queryable,
  kind: ConnectionKind,
  one: StoredConnection,
): Promise<void> {
  await on.rows(sql`
    insert into ${tables[kind]} (name, type, config, secrets, updated_at)
    values (${one.name}, ${one.type}, ${json(one.config)}, ${json(one.secrets)}, ${new Date(one.updated_at)})
    on conflict (name) do update
    set type = excluded.type, config = excluded.config, secrets = excluded.secrets, updated_at = excluded.updated_at`)
}
