import type { Instant } from '@muster/core/lib/instant.ts'
import type { BatchRange, ChangeOperation } from '@muster/core/sync/batch.ts'
import type { DeliverySums } from '@muster/core/sync/report.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import type { NumberRange } from './engine/fold-state.ts'

export type BatchStatus = 'pending' | 'accepted' | 'rejected'

export interface StoredBatch {
  readonly number: number
  readonly operation: ChangeOperation
  readonly change_from: number
  readonly change_to: number
  readonly status: BatchStatus
  readonly attempts: number
  readonly answer: string | null
  readonly request_id: string | null
  readonly at: Instant | null
}

export async function insertBatches(
  tx: Queryable,
  runId: number,
  batches: readonly BatchRange[],
): Promise<void> {
  if (batches.length === 0) return
  await tx.rows(sql`
    insert into sync.batch (run_id, number, operation, change_from, change_to)
    select ${runId}, number, operation, change_from, change_to
    from unnest(
      ${batches.map((batch) => batch.number)}::integer[],
      ${batches.map((batch) => batch.operation)}::text[],
      ${batches.map((batch) => batch.from)}::integer[],
      ${batches.map((batch) => batch.to)}::integer[]
    ) as batch (number, operation, change_from, change_to)`)
}

/** How long an answer of the destination usually takes, by the newest run that sent much to it; null where none did. */
export async function usualAnswerMs(
  on: Queryable,
  destination: string,
  concurrency: number,
): Promise<number | null> {
  const [row] = await on.rows<{ ms: number | null }>(sql`
    select (extract(epoch from max(batch.at) - min(batch.at)) * 1000 * ${concurrency}::int / (count(*) - 1))::float8 as ms
    from sync.batch as batch
    where batch.status = 'accepted' and batch.run_id = (
      select run.id from sync.run as run
      where run.status = 'done' and run.target ->> 'destination' = ${destination}
        and (run.delivery ->> 'requests')::int >= 20
      order by run.id desc limit 1
    )
    having count(*) > 1`)
  return row?.ms ?? null
}

/** The next pending batches of an operation whose changes lie in [from, past), in the order of the changes. */
export function pendingBatches(
  on: Queryable,
  runId: number,
  next: {
    readonly operation: ChangeOperation
    readonly from: number
    readonly past: number
    readonly limit: number
  },
): Promise<StoredBatch[]> {
  return on.rows<StoredBatch>(sql`
    select number, operation, change_from, change_to, status, attempts, answer, request_id, at
    from sync.batch
    where run_id = ${runId} and status = 'pending' and operation = ${next.operation} and change_from >= ${next.from}
      and change_to <= ${next.past}
    order by change_from limit ${next.limit}`)
}

/** What one more attempt has told of a batch. */
export interface Settlement {
  readonly number: number
  readonly status: BatchStatus
  readonly answer: string
  readonly requestId: string | null
  readonly at: Instant
  /** For so long the attempt may still be under way; null where it surely is not. */
  readonly underWayMs: number | null
}

/**
 * Writes down the attempts of several batches, at most one a batch, in one statement and so in one round trip. False,
 * and nothing is written, when the owner does not hold the run any more.
 */
export async function settleBatches(
  on: Queryable,
  run: { readonly id: number; readonly owner: string },
  settled: readonly Settlement[],
): Promise<boolean> {
  const held = await on.rows(
    sql`
    with held as (
      select id from sync.run where id = ${run.id} and lease_owner = ${run.owner} for update
    ), written as (
      update sync.batch as batch
      set status = settled.status, attempts = batch.attempts + 1, answer = settled.answer,
        request_id = coalesce(settled.request_id, batch.request_id), at = settled.at,
        unanswered_until = coalesce(now() + settled.under_way_ms * interval '1 millisecond', batch.unanswered_until)
      from held, unnest(
        ${settled.map((one) => one.number)}::integer[],
        ${settled.map((one) => one.status)}::text[],
        ${settled.map((one) => one.answer)}::text[],
        ${settled.map((one) => one.requestId)}::text[],
        ${settled.map((one) => new Date(one.at).toISOString())}::timestamptz[],
        ${settled.map((one) => one.underWayMs)}::float8[]
      ) as settled (number, status, answer, request_id, at, under_way_ms)
      where batch.run_id = held.id and batch.number = settled.number
    )
    select id from held`,
    { prepared: 'settle_batches' },
  )
  return held.length === 1
}

/** Cuts a refused batch in two, in place: it keeps its first half, the second becomes a batch of its own. */
export async function splitBatch(
  tx: Queryable,
  runId: number,
  split: { readonly number: number; readonly middle: number; readonly answer: string; readonly at: Instant },
): Promise<number> {
  const [row] = await tx.rows<{ number: number }>(sql`
    with half as (
      insert into sync.batch (run_id, number, operation, change_from, change_to)
      select run_id, (select max(number) + 1 from sync.batch where run_id = ${runId}), operation, ${split.middle},
        change_to
      from sync.batch where run_id = ${runId} and number = ${split.number}
      returning number
    ), kept as (
      update sync.batch
      set change_to = ${split.middle}, attempts = attempts + 1, answer = ${split.answer}, at = ${new Date(split.at)}
      where run_id = ${runId} and number = ${split.number}
    )
    select number from half`)
  if (!row) throw new Error(`batch ${split.number} is gone`)
  return row.number
}

export async function sumBatches(on: Queryable, runId: number): Promise<DeliverySums> {
  const [row] = await on.rows<DeliverySums>(sql`
    select
      coalesce(sum(change_to - change_from), 0)::bigint as planned,
      coalesce(sum(change_to - change_from) filter (where status = 'accepted'), 0)::bigint as accepted,
      coalesce(sum(change_to - change_from) filter (where status = 'rejected'), 0)::bigint as rejected,
      coalesce(sum(change_to - change_from) filter (where status = 'pending'), 0)::bigint as pending,
      coalesce(sum(attempts), 0)::bigint as requests
    from sync.batch where run_id = ${runId}`)
  return row ?? { planned: 0, accepted: 0, rejected: 0, pending: 0, requests: 0 }
}

/** How the changes of an operation below a number ended. */
export async function sumOperation(
  on: Queryable,
  runId: number,
  { operation, past }: { readonly operation: ChangeOperation; readonly past: number },
): Promise<Record<BatchStatus, number>> {
  const rows = await on.rows<{ status: BatchStatus; ids: number }>(sql`
    select status, sum(change_to - change_from)::bigint as ids
    from sync.batch where run_id = ${runId} and operation = ${operation} and change_to <= ${past}
    group by status`)
  const of = (status: BatchStatus): number => rows.find((row) => row.status === status)?.ids ?? 0
  return { pending: of('pending'), accepted: of('accepted'), rejected: of('rejected') }
}

/**
 * The changes by what is known of them: accepted, and uncertain (sent without an answer). `allPending` counts every
 * pending one as sent: of a run that was taken over nobody knows what was in flight.
 */
export async function settledRanges(
  on: Queryable,
  runId: number,
  allPending: boolean,
): Promise<{ readonly accepted: NumberRange[]; readonly uncertain: NumberRange[] }> {
  const rows = await on.rows<{ status: BatchStatus; first: number; past: number }>(sql`
    select status, change_from as first, change_to as past from sync.batch
    where run_id = ${runId} and (status = 'accepted' or (status = 'pending' and (attempts > 0 or ${allPending})))
    order by change_from`)
  const of = (status: BatchStatus): NumberRange[] =>
    merged(rows.filter((row) => row.status === status).map(({ first, past }) => ({ from: first, to: past })))
  return { accepted: of('accepted'), uncertain: of('pending') }
}

/** The changes of a run that were rejected, each for itself, with the answer. */
export function rejectedChanges(
  on: Queryable,
  runId: number,
): Promise<{ readonly change_from: number; readonly answer: string | null }[]> {
  return on.rows(sql`
    select change_from, answer from sync.batch where run_id = ${runId} and status = 'rejected' order by change_from`)
}

/** Adjoining ranges as one. */
function merged(ranges: readonly NumberRange[]): NumberRange[] {
  const out: NumberRange[] = []
  for (const range of ranges) {
    const last = out.at(-1)
    if (last && last.to === range.from) out[out.length - 1] = { from: last.from, to: range.to }
    else out.push(range)
  }
  return out
}

export interface BatchPart {
  /** Those whose changes begin at this number or after it. */
  readonly from?: number | undefined
  readonly status?: StoredBatch['status'] | undefined
}

export function listBatches(
  on: Queryable,
  runId: number,
  { limit, from = 0, status }: BatchPart & { readonly limit: number },
): Promise<StoredBatch[]> {
  const ofStatus = status === undefined ? sql`true` : sql`status = ${status}`
  return on.rows<StoredBatch>(sql`
    select number, operation, change_from, change_to, status, attempts, answer, request_id, at
    from sync.batch where run_id = ${runId} and change_from >= ${from} and ${ofStatus}
    order by change_from limit ${limit}`)
}

/** For each (run, number of a change) the batch that holds it. */
export function batchesOfChanges(
  on: Queryable,
  changes: readonly { readonly runId: number; readonly change: number }[],
): Promise<(StoredBatch & { readonly run_id: number; readonly change: number })[]> {
  return on.rows(sql`
    select wanted.run_id, wanted.change, number, operation, change_from, change_to, status, attempts, answer,
      request_id, at
    from unnest(
      ${changes.map((one) => one.runId)}::bigint[], ${changes.map((one) => one.change)}::integer[]
    ) as wanted (run_id, change)
    join sync.batch as batch
      on batch.run_id = wanted.run_id and batch.change_from <= wanted.change and batch.change_to > wanted.change
    order by wanted.run_id desc, batch.change_from`)
}
