import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'

const keyKeptMs = 86_400_000

/**
 * The run that a key of the caller's was used for in the last day; null where there is none. The key is locked until the
 * transaction ends, so that of two at once the second finds what the first has begun.
 */
export async function runOfKey(
  tx: Queryable,
  { syncId, key, now }: { readonly syncId: number; readonly key: string; readonly now: Instant },
): Promise<number | null> {
  await tx.rows(sql`select pg_advisory_xact_lock(hashtextextended(${key}, ${syncId}))`)
  await tx.rows(sql`delete from sync.trigger_key where at < ${new Date(now - keyKeptMs)}`)
  const [known] = await tx.rows<{ run_id: number }>(
    sql`select run_id from sync.trigger_key where sync_id = ${syncId} and key = ${key}`,
  )
  return known?.run_id ?? null
}

export async function rememberKey(
  tx: Queryable,
  { syncId, key, runId, now }: { syncId: number; key: string; runId: number; now: Instant },
): Promise<void> {
  await tx.rows(sql`
    insert into sync.trigger_key (sync_id, key, run_id, at) values (${syncId}, ${key}, ${runId}, ${new Date(now)})`)
}
