import { bucketExpression } from './bucket-sql.ts'
import type { DiffJob } from './diff-buckets.ts'
import { isValid } from './identify-sql.ts'
import { rowsOf } from './split-rows.ts'
import { stateOfBucket } from './state.ts'

/** How a member differs: new or not known surely; not in the read any more; named by another row. */
export type Difference = 'fresh' | 'gone' | 'moved'

/** What a bucket's rows come to. */
export interface ComparedBucket {
  readonly members: number
  /** Rows. */
  readonly invalid: number
  readonly differences: readonly Difference[]
}

/**
 * Fills `compared` (namespace, value, row_key, difference) with what differs in the bucket. One join, whose pairs of the same
 * identifier and the same row key fall out at once, so that only changed rows are gathered: gathering all rows first took three
 * times as long. Members are those that were known before, without the removed ones, and the new.
 */
export async function compareBucket(diff: DiffJob, bucket: number): Promise<ComparedBucket> {
  const { job, state } = diff
  await job.run(
    `create or replace temp table compared as ${state ? differencesSql(diff, bucket) : allNewSql(diff, bucket)}`,
  )
  let found = await countCompared(diff)
  if (found.some(({ unclear }) => unclear > 0)) {
    await keepUnmoved(diff, bucket)
    found = await countCompared(diff)
  }
  const counted = { members: await countBefore(diff, bucket), invalid: 0 }
  const differences: Difference[] = []
  for (const { difference, ...count } of found) {
    if (difference === 'invalid') {
      counted.invalid = Number(count.rows)
      continue
    }
    differences.push(difference)
    counted.members += difference === 'gone' ? -Number(count.all) : Number(count.new)
  }
  return { ...counted, differences }
}

interface ComparedCount {
  readonly difference: Difference | 'invalid'
  readonly all: bigint
  readonly new: bigint
  readonly rows: bigint
  readonly unclear: bigint
}

/** How many there are of each difference; `unclear` may be named by the accepted row as before (`keepUnmoved`). */
function countCompared({ job }: DiffJob): Promise<ComparedCount[]> {
  return job.rows<ComparedCount>(`
    select difference, count(*) as "all", count(*) filter (is_new) as "new", sum(row_count)::bigint as rows,
      count(*) filter (difference = 'moved' and row_key > accepted_key) as unclear
    from compared group by difference order by difference`)
}

/** How many accepted members the bucket has. */
async function countBefore(diff: DiffJob, bucket: number): Promise<number> {
  if (!diff.only) return diff.state?.files[bucket]?.rows ?? 0
  const [known] = await diff.job.rows<{ rows: bigint }>(
    `select count(*) as rows from ${beforeOf(diff, bucket)}`,
  )
  return Number(known?.rows ?? 0)
}

function differencesSql(diff: DiffJob, bucket: number): string {
  return `
    select
      case
        when not is_read then 'gone'
        when not was and not ${isValid} then 'invalid'
        when not was or not sure then 'fresh'
        else 'moved'
      end as difference,
      not was as is_new, namespace, value, row_count, accepted_key, coalesce(read_key, accepted_key) as row_key
    from (
      select
        coalesce(member.namespace, accepted.namespace) as namespace,
        coalesce(member.value, accepted.value) as value,
        bool_or(member.value is not null) as is_read,
        bool_or(accepted.value is not null) as was,
        bool_and(coalesce(accepted.sure, false)) as sure,
        count(*) as row_count,
        min(member.row_key) as read_key,
        min(accepted.row_key) as accepted_key
      from ${rowsOf(diff.split, bucket)} as member
      full join ${beforeOf(diff, bucket)} as accepted
        on member.value = accepted.value and member.namespace = accepted.namespace
      where member.value is null or accepted.value is null or not accepted.sure
        or member.row_key <> accepted.row_key
      group by all
    )`
}

/** Nothing is accepted yet: a third of the time that the join with nothing takes. */
function allNewSql({ split }: DiffJob, bucket: number): string {
  return `
    select
      case when ${isValid} then 'fresh' else 'invalid' end as difference,
      true as is_new, namespace, value, count(*) as row_count, '' as accepted_key, min(row_key) as row_key
    from ${rowsOf(split, bucket)} group by namespace, value`
}

/**
 * Takes those out of `compared` that are named by the accepted row as before, and by others beside it: the least row key counts, and
 * the join has dropped the row that is the same. Asked only where other rows are all greater.
 */
async function keepUnmoved({ job, split }: DiffJob, bucket: number): Promise<void> {
  const unclear = `from compared where difference = 'moved' and row_key > accepted_key`
  await job.run(`
    create or replace temp table unmoved as
    select distinct namespace, value from ${rowsOf(split, bucket)}
    semi join (select namespace, value, accepted_key as row_key ${unclear}) using (value, namespace, row_key)`)
  await job.run(`
    delete from compared using unmoved
    where compared.value = unmoved.value and compared.namespace = unmoved.namespace`)
}

/** A FROM item: the state's members of a bucket that the read rows are compared with. */
function beforeOf({ state, split, directory, only }: DiffJob, bucket: number): string {
  const all = stateOfBucket(state, bucket, { bits: split.bits, directory })
  return only ? `(from ${all} where ${only.where})` : all
}

/**
 * Fills `touched` with the identifiers of the rows that lost another one (`removed_row`), and returns their buckets: one pass over all
 * row keys, since a row's identifiers lie in different buckets.
 */
export async function gatherTouched({ job, split }: DiffJob): Promise<readonly number[]> {
  // Most often there is none, which the row keys alone tell in half the time.
  const [any] = await job.rows(
    `select 1 as one from ${rowsOf(split)} semi join removed_row using (row_key) limit 1`,
  )
  if (!any) return []
  await job.run(`
    create or replace temp table touched as
    select distinct ${bucketExpression(split.bits)} as bucket, namespace, value
    from ${rowsOf(split)} semi join removed_row using (row_key)`)
  const rows = await job.rows<{ bucket: number }>('select distinct bucket from touched order by bucket')
  return rows.map(({ bucket }) => bucket)
}

/**
 * Accepted members that a row names which lost another identifier: asserted again after the removal, because both may
 * be one profile at the far end (design §3.4). Every row of the read counts, duplicates included. In a full resync, all
 * accepted members that are desired.
 */
export function againSql(diff: DiffJob, bucket: number): string {
  const rows = rowsOf(diff.split, bucket)
  const touched = diff.assertsAll ? '' : 'semi join touched using (value, namespace)'
  return `
    select namespace, value, min(row_key) as row_key
    from ${rows}
    ${touched}
    semi join (from ${beforeOf(diff, bucket)} where sure) using (value, namespace)
    group by namespace, value`
}
