import { createHash } from 'node:crypto'
import { conflict } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Json } from '@muster/core/lib/json.ts'
import type { Queryable } from '../db/database.ts'
import { json, sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

/** What an answer says besides its `message`. */
export type AnswerFields = { readonly [key: string]: Json }

/** A request that its sender has named, so that it takes effect once. */
export interface NamedRequest {
  readonly partner: string
  /** The `Idempotency-Key`. */
  readonly key: string
  /** What the request means: the same key may only come with the same meaning. */
  readonly meaning: string
  readonly now: Instant
}

/**
 * Does the work once and keeps its answer in the same transaction; afterwards gives the kept answer (for 48 h). Work that
 * throws is not kept. Throws `conflict` `locked` while the first request is under way, and `conflict` `key_reused` when the
 * key came with another meaning.
 */
export async function answerOnce(
  tx: Queryable,
  request: NamedRequest,
  work: () => Promise<AnswerFields>,
): Promise<{ readonly body: AnswerFields; readonly isRepeated: boolean }> {
  const { partner, key, now } = request
  const digest = createHash('sha256').update(request.meaning).digest()
  const lock = createHash('sha256')
    .update(JSON.stringify(['idempotency', workspaceId, partner, key]))
    .digest()
  const [free] = await tx.rows<{ free: boolean }>(sql`
    select pg_try_advisory_xact_lock(${lock.readBigInt64BE().toString()}::bigint) as free`)
  if (!free?.free) throw conflict('locked', 'the first request with this Idempotency-Key is under way')
  const [kept] = await tx.rows<{ digest: Buffer; body: AnswerFields }>(sql`
    select digest, body from engage.idempotent_answer
    where workspace_id = ${workspaceId} and partner = ${partner} and key = ${key}`)
  if (kept) {
    if (!kept.digest.equals(digest))
      throw conflict('key_reused', 'the Idempotency-Key was used for another request')
    return { body: kept.body, isRepeated: true }
  }
  const body = await work()
  await tx.rows(sql`
    insert into engage.idempotent_answer (workspace_id, partner, key, digest, body, at)
    values (${workspaceId}, ${partner}, ${key}, ${digest}, ${json(body)}::jsonb, ${new Date(now)})`)
  return { body, isRepeated: false }
}
