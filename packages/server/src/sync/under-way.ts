import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/**
 * Requests that were given up without an answer may still arrive. Whatever would undo them waits until they cannot any
 * more, by the database's clock: several machines read it.
 */

/** For so many ms a request of this operation, of any run of the sync, may still be under way; 0 where none is. */
export async function underWayMs(on: Queryable, syncId: number, operation: ChangeOperation): Promise<number> {
  const [row] = await on.rows<{ ms: number }>(sql`
    select coalesce(extract(epoch from max(batch.unanswered_until) - now()) * 1000, 0)::float8 as ms
    from sync.batch as batch join sync.run as run on run.id = batch.run_id
    where run.sync_id = ${syncId} and batch.operation = ${operation} and batch.unanswered_until > now()`)
  return row?.ms ?? 0
}

/** Of a run that was taken over nobody knows what its former owner had in flight: any pending batch may be under way. */
export async function assumeUnderWay(on: Queryable, runId: number, ms: number): Promise<void> {
  await on.rows(sql`
    update sync.batch set unanswered_until = now() + ${ms} * interval '1 millisecond'
    where run_id = ${runId} and status = 'pending'`)
}
