import { createHash } from 'node:crypto'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

/**
 * Advisory locks of a workspace, held to the end of the transaction. Memberships and the ledger have no foreign key to
 * the profile; instead whoever writes them shares the life lock, and whoever ends a profile's life holds it alone.
 *
 * There are two life locks, so that a long reservation keeps a merge waiting without a waiting merge keeping imports out:
 * a merge takes `lifeOfReserved` first, then `lifeOfMembers`.
 */
export const lifeOfMembers = 730_901
const lifeOfReserved = 730_902
const sessionStripe = 730_903

/** Waits at most this long for a lock before the request is answered as locked. */
const lockTimeoutMs = 2_000

/**
 * The locks that an import takes (0040_import_function.sql), for whoever changes a cohort in another way: the life lock of
 * members, shared, and the cohort's lock, alone, taken by its name so that it holds for a cohort that does not exist yet.
 */
export async function lockCohort(tx: Queryable, partner: string, cohortId: string): Promise<void> {
  await tx.rows(
    sql`
      select set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true),
             pg_advisory_xact_lock_shared(${lifeOfMembers}, ${workspaceId}),
             pg_advisory_xact_lock(${cohortKey(partner, cohortId)}::bigint)`,
    { prepared: 'lock_cohort' },
  )
}

/** The number of a cohort's lock: that of its name. */
export function cohortKey(partner: string, cohortId: string): string {
  const name = JSON.stringify([workspaceId, partner, cohortId])
  return createHash('sha256').update(name).digest().readBigInt64BE().toString()
}

/** No profile that is read after this goes before the transaction ends. */
export async function shareLifeOfReserved(tx: Queryable): Promise<void> {
  await tx.rows(sql`select pg_advisory_xact_lock_shared(${lifeOfReserved}, ${workspaceId})`)
}

/** Nobody else writes a membership or a ledger row until the transaction ends. */
export async function holdLife(tx: Queryable): Promise<void> {
  await tx.rows(sql`select set_config('lock_timeout', '10s', true)`)
  await tx.rows(sql`select pg_advisory_xact_lock(${lifeOfReserved}, ${workspaceId})`)
  await tx.rows(sql`select pg_advisory_xact_lock(${lifeOfMembers}, ${workspaceId})`)
}

const stripes = 128

/** Two requests that name the same device or user wait for each other; at most 128 locks however many they name. */
export async function lockSessions(tx: Queryable, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const wanted = new Set(
    names.map((name) => createHash('sha256').update(name).digest().readUInt8() % stripes),
  )
  const ordered = [...wanted].sort((a, b) => a - b)
  await tx.rows(sql`
    select pg_advisory_xact_lock(${sessionStripe}, stripe) from unnest(${ordered}::int[]) as stripe`)
}
