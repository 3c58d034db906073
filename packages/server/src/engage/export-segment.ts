import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { sameDigest } from './api-key.ts'
import { type ExportedUser, exportUsers } from './export-users.ts'
import { currentCondition } from './segment-store.ts'
import { workspaceId } from './workspace.ts'

/** How long the file of an export can be fetched. */
const keptMs = 4 * 3_600_000

/**
 * Notes who is in a segment now and which fields are wanted; returns the name of the file and the key that opens it.
 * Exports that are over are forgotten.
 */
export async function startExport(
  database: Database,
  segment: string,
  { fields, now }: { readonly fields: ReadonlySet<string> | null; readonly now: Instant },
): Promise<{ readonly objectPrefix: string; readonly key: string }> {
  const condition = await currentCondition(database, segment)
  const objectPrefix = `${randomUUID()}-${Math.floor(now / 1_000)}`
  const key = randomBytes(24).toString('base64url')
  await database.rows(sql`delete from engage.segment_export where expires_at < ${new Date(now)}`)
  await database.rows(sql`
    insert into engage.segment_export (workspace_id, object_prefix, digest, fields, profile_ids, expires_at)
    select ${workspaceId}, ${objectPrefix}, ${digestOf(key)}, ${fields === null ? null : [...fields]}::text[],
      coalesce((select array_agg(p.profile_id order by p.profile_id) from engage.profile p
        where p.workspace_id = ${workspaceId} and ${condition}), '{}'), ${new Date(now + keptMs)}::timestamptz`)
  return { objectPrefix, key }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

export interface OpenExport {
  readonly objectPrefix: string
  readonly users: number
  readonly fields: ReadonlySet<string> | null
}

/** The export that this key opens, or null. */
export async function findExport(
  database: Database,
  { objectPrefix, key, now }: { readonly objectPrefix: string; readonly key: string; readonly now: Instant },
): Promise<OpenExport | null> {
  const [row] = await database.rows<{ digest: Buffer; fields: string[] | null; users: number }>(sql`
    select digest, fields, cardinality(profile_ids) as users from engage.segment_export
    where workspace_id = ${workspaceId} and object_prefix = ${objectPrefix} and expires_at >= ${new Date(now)}`)
  if (!row || !sameDigest(row.digest, digestOf(key))) return null
  return { objectPrefix, users: row.users, fields: row.fields === null ? null : new Set(row.fields) }
}

const pageLength = 500
/** Braze's files have about as many users each. */
export const usersPerFile = 5_000

/** The users of one file of an export (the first is 0), page by page; who was deleted since is not among them. */
export async function* readExport(
  database: Database,
  found: OpenExport,
  file: number,
): AsyncGenerator<ExportedUser[]> {
  const end = Math.min(found.users, (file + 1) * usersPerFile)
  for (let from = file * usersPerFile + 1; from <= end; from += pageLength) {
    const to = Math.min(end, from + pageLength - 1)
    const [row] = await database.rows<{ ids: string[] }>(sql`
      select profile_ids[${from}::int : ${to}::int] as ids from engage.segment_export
      where workspace_id = ${workspaceId} and object_prefix = ${found.objectPrefix}`)
    yield await exportUsers(database, (row?.ids ?? []).map(Number), found.fields)
  }
}
