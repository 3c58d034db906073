import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { digestKey, type KeyKind, makeKey, maskKey, sameDigest } from './api-key.ts'
import { workspaceId } from './workspace.ts'

export interface KeyRow {
  readonly key_id: string
  readonly kind: KeyKind
  readonly partner: string | null
  readonly masked: string
  readonly name: string
  readonly created_at: Instant
  readonly last_used_at: Instant | null
  readonly invalidated_at: Instant | null
  /** Of a REST key; null: everything. */
  readonly permissions: readonly string[] | null
  /** Of a REST key, as networks; null: from everywhere. */
  readonly addresses: readonly string[] | null
}

const keyColumns: Sql = sql`
  key_id, kind, partner, masked, name, created_at, last_used_at, invalidated_at, permissions, addresses::text[]`

export interface NewKey {
  readonly kind: KeyKind
  /** Null for a REST key. */
  readonly partner: string | null
  readonly name: string
  readonly now: Instant
  readonly permissions?: readonly string[] | null
  readonly addresses?: readonly string[] | null
}

/** Makes a key; the answer is the only place where it ever stands in full. */
export async function createKey(
  database: Queryable,
  { kind, partner, name, now, permissions = null, addresses = null }: NewKey,
): Promise<{ readonly key: string; readonly row: KeyRow }> {
  const key = makeKey(kind)
  const [row] = await database.rows<KeyRow>(sql`
    insert into engage.api_key (workspace_id, kind, partner, digest, masked, name, created_at, permissions, addresses)
    values (${workspaceId}, ${kind}, ${partner}, ${digestKey(key)}, ${maskKey(key)}, ${name}, ${new Date(now)},
      ${permissions}::text[], ${addresses}::cidr[])
    returning ${keyColumns}`)
  if (!row) throw new TypeError('an insert gave no row')
  return { key, row }
}

/** Keys of a partner, or the REST keys (`null`), newest first. */
export function listKeys(database: Queryable, partner: string | null): Promise<KeyRow[]> {
  return database.rows<KeyRow>(sql`
    select ${keyColumns}
    from engage.api_key
    where workspace_id = ${workspaceId} and partner is not distinct from ${partner}
    order by created_at desc, key_id`)
}

/** Invalidates a key from the next request on; doing it again changes nothing. */
export async function invalidateKey(database: Queryable, keyId: string, now: Instant): Promise<KeyRow> {
  const [row] = await database.rows<KeyRow>(sql`
    update engage.api_key set invalidated_at = coalesce(invalidated_at, ${new Date(now)})
    where workspace_id = ${workspaceId} and key_id = ${keyId}
    returning ${keyColumns}`)
  if (row) return row
  throw missing('unknown_key', `there is no key with the id ${keyId}`, {
    hint: 'Take the id from the list of keys.',
  })
}

export interface LiveKey {
  readonly keyId: string
  readonly kind: KeyKind
  readonly partner: string | null
  readonly partnerEnabled: boolean
  readonly permissions: readonly string[] | null
  readonly addresses: readonly string[] | null
}

/** The last use is written at most once in this time. */
const lastUseEveryMs = 60_000

/** The live keys among some texts, in their order; null where a text is no live key. One statement, whatever is wrong. */
export async function findLiveKeys(
  database: Queryable,
  keys: readonly string[],
  now: Instant,
): Promise<(LiveKey | null)[]> {
  const digests = keys.map(digestKey)
  const rows = await database.rows<LiveKeyRow>(
    sql`
      select k.key_id, k.kind, k.partner, k.digest, k.last_used_at, p.enabled_at is not null as enabled,
        k.permissions, k.addresses::text[]
      from engage.api_key k
      left join engage.partner p on p.workspace_id = k.workspace_id and p.slug = k.partner
      where k.digest = any(array(select decode(hex, 'hex') from unnest(${digests.map(hexOf)}::text[]) as hex))
        and k.workspace_id = ${workspaceId} and k.invalidated_at is null`,
    { prepared: 'live_keys' },
  )
  const stale = rows.filter((row) => row.last_used_at === null || row.last_used_at <= now - lastUseEveryMs)
  if (stale.length > 0) await touchKeys(database, { keyIds: stale.map((row) => row.key_id), now })
  return digests.map((digest) => {
    const row = rows.find((candidate) => sameDigest(candidate.digest, digest))
    if (!row) return null
    const { key_id: keyId, kind, partner, enabled: partnerEnabled, permissions, addresses } = row
    return { keyId, kind, partner, partnerEnabled, permissions, addresses }
  })
}

interface LiveKeyRow {
  readonly key_id: string
  readonly kind: KeyKind
  readonly partner: string | null
  readonly digest: Buffer
  readonly last_used_at: Instant | null
  readonly enabled: boolean
  readonly permissions: string[] | null
  readonly addresses: string[] | null
}

function hexOf(digest: Buffer): string {
  return digest.toString('hex')
}

async function touchKeys(
  database: Queryable,
  { keyIds, now }: { keyIds: readonly string[]; now: Instant },
): Promise<void> {
  // Skips a key that another request is touching: one of them is enough.
  await database.rows(sql`
    update engage.api_key set last_used_at = ${new Date(now)}
    where (workspace_id, key_id) in (
      select workspace_id, key_id from engage.api_key
      where workspace_id = ${workspaceId} and key_id = any(${[...keyIds]}::text[])
      for no key update skip locked)`)
}
