import { join } from 'node:path'
import { hashBits } from '@muster/core/sync/bucket.ts'
import type { ChangePart, Changes } from './diff-buckets.ts'
import { type Job, literal } from './duckdb-job.ts'
import { proveParts, rowsIn, rowsOfParts, settleDirectory, writePart } from './part-file.ts'
import {
  type SourceChecksums,
  type State,
  type StateDelta,
  type StatePart,
  stateOfBucket,
  stateShape,
  writeStatePart,
} from './state.ts'

const changeShape = `0 as n, ${stateShape}`

/** A range [from, to) of the plan's change numbers. */
export interface NumberRange {
  readonly from: number
  readonly to: number
}

export interface FoldJob {
  readonly job: Job
  readonly state: State | null
  readonly changes: Changes
  /** How many removals the plan has: additions are numbered after them. */
  readonly removed: number
  /** The changes that the destination has accepted, in order, without overlap. */
  readonly accepted: readonly NumberRange[]
  /** Those that may have reached it without an answer. */
  readonly uncertain: readonly NumberRange[]
  /** See `State.unshared`. */
  readonly unshared?: boolean
  /** No removal was sent beside which a member must be asserted again: those that were not are as sure as before. */
  readonly keepsSure?: boolean
  readonly directory: string
  /** Relative to it: where the new files go. */
  readonly folder: string
  /** Names the new files; no other fold has it. */
  readonly name: string
  /** The version of the state, where a delta from it is wanted, if it is a small one. */
  readonly deltaFrom?: number
}

/**
 * The state after the accepted changes: a new file for each bucket that they touch, the old one for every other.
 * Nothing of the old state is altered, so that until the database points to the new one the old one stands.
 */
export async function foldState(fold: FoldJob): Promise<State> {
  const { job, state, changes, directory } = fold
  if (state && (state.bits !== changes.bits || state.hashing !== changes.hashing))
    throw new Error('the changes lie in other buckets than the state')
  const all = [...partsOf(changes), ...(changes.source ? [changes.source.part] : [])]
  await proveParts(job, [...(state?.files ?? []), ...all], { directory, what: 'the record of this run' })
  await rangeTable(job, 'accepted_range', fold.accepted)
  await rangeTable(job, 'uncertain_range', fold.uncertain)
  const files: StatePart[] = []
  for (let bucket = 0; bucket < 2 ** changes.bits; bucket++) files.push(await foldBucket(fold, bucket))
  const source = changes.source && (await foldChecksums(fold, changes.source))
  const delta = fold.deltaFrom === undefined ? undefined : await writeDelta(fold, files, fold.deltaFrom)
  await settleDirectory(join(directory, fold.folder))
  const members = files.reduce((sum, part) => sum + part.sure, 0)
  const { bits, hashing } = changes
  const unshared = fold.unshared === undefined ? {} : { unshared: fold.unshared }
  return {
    bits,
    ...(hashing === undefined ? {} : { hashing }),
    members,
    files,
    ...unshared,
    ...(source ? { source } : {}),
    ...(delta ? { delta } : {}),
  }
}

/** A table of ranges, `first` and `past`, of the numbers of changes. */
export async function rangeTable(job: Job, name: string, ranges: readonly NumberRange[]): Promise<void> {
  await job.run(`create or replace temp table ${name} (first integer, past integer)`)
  if (ranges.length === 0) return
  const values = ranges.map(({ from, to }) => `(${Math.trunc(from)}, ${Math.trunc(to)})`).join(', ')
  await job.run(`insert into ${name} values ${values}`)
}

async function foldBucket(fold: FoldJob, bucket: number): Promise<StatePart> {
  const { job, state, changes, directory } = fold
  const touched = partsOf(changes).some((part) => part.bucket === bucket)
  const kept = state?.files[bucket]
  // The files of a base are the run's own, and go with it.
  if (kept && !touched && changes.base === undefined) return kept

  const file = `${fold.folder}/${fold.name}-${bucket}.parquet`
  return writeStatePart(job, { directory, file, query: foldSql(fold, bucket) })
}

/**
 * What was accepted is taken out or in. What is uncertain stays or comes in as not sure; so does a member that should
 * have been asserted again and was not, since the removal beside it may have dropped it at the far end. The changes are
 * gathered first, one row an identifier, so that the state is joined once.
 */
function foldSql(fold: FoldJob, bucket: number): string {
  const { state, changes, directory } = fold
  const { forgotten } = changes
  const before = stateOfBucket(state, bucket, { bits: changes.bits, directory })
  const leaving = { parts: forgotten ? [] : changes.removed, bucket, offset: 0 }
  // Of a sync that takes people out, the removals are what comes into the state.
  const coming = forgotten
    ? { parts: changes.removed, bucket, offset: 0 }
    : { parts: changes.added, bucket, offset: fold.removed }
  return `
    with
      added_surely as (${within(fold, 'accepted_range', coming)}),
      added_perhaps as (${within(fold, 'uncertain_range', coming)}),
      change as (
        select namespace, value, bool_or(goes) as goes, bool_or(in_doubt) as in_doubt, any_value(row_key) as row_key
        from (
          select namespace, value, true as goes, false as in_doubt, null as row_key
          from (${within(fold, 'accepted_range', leaving)})
          union all
          select namespace, value, true, false, null from ${partsSql(fold, forgotten ?? [], bucket)}
          union all
          select namespace, value, true, false, null from added_surely
          union all
          select namespace, value, false, true, null from (${within(fold, 'uncertain_range', leaving)})
          union all
          select namespace, value, false, ${fold.keepsSure !== true}, null from ${partsSql(fold, coming.parts, bucket)}
          union all
          select namespace, value, false, false, row_key from ${partsSql(fold, changes.moved, bucket)}
        )
        group by namespace, value
      )
    select
      stayed.namespace, stayed.value, stayed.hash, coalesce(change.row_key, stayed.row_key) as row_key,
      stayed.sure and not coalesce(change.in_doubt, false) as sure
    from ${before} as stayed
    left join change on change.value = stayed.value and change.namespace = stayed.namespace
    where not coalesce(change.goes, false)
    union all
    select namespace, value, hash, row_key, true from added_surely
    union all
    select namespace, value, hash, row_key, false from added_perhaps
    anti join ${before} as known using (namespace, value)`
}

/** The checksums of the buckets in which every change was accepted: what is left elsewhere must be compared again. */
async function foldChecksums(fold: FoldJob, source: SourceChecksums): Promise<SourceChecksums> {
  const { job, changes, directory } = fold
  const open = (parts: readonly ChangePart[], offset: number): string => `
    select hash >> ${hashBits - 4 * source.digits} as bucket
    from ${rowsOfParts(parts, directory, changeShape)} as change
    where not exists (from accepted_range where change.n + ${offset} >= first and change.n + ${offset} < past)`
  const file = `${fold.folder}/${fold.name}-source.parquet`
  const query = `
    from read_parquet(${literal(join(directory, source.part.file))})
    anti join (${open(changes.removed, 0)} union all ${open(changes.added, fold.removed)}) using (bucket)`
  return { ...source, part: await writePart(job, { directory, file, query }) }
}

/**
 * Whatever a change names, as it stands in the new state, a bucket at a time. Where that is most of it there is no delta: the warehouse
 * loads the state sooner than it takes so much over.
 */
async function writeDelta(
  fold: FoldJob,
  files: readonly StatePart[],
  from: number,
): Promise<StateDelta | undefined> {
  const { job, changes, directory } = fold
  if (rowsIn(partsOf(changes)) * 2 > rowsIn(files)) return undefined
  await job.run(
    `create or replace temp table delta (namespace varchar, value varchar, row_key varchar, sure integer)`,
  )
  for (const [bucket, now] of files.entries()) {
    const changed = partsOf(changes).filter((part) => part.bucket === bucket)
    if (changed.length === 0) continue
    await job.run(`
      insert into delta
      select namespace, value, coalesce(row_key, ''), case when sure is null then -1 when sure then 1 else 0 end
      from (select distinct namespace, value from ${rowsOfParts(changed, directory, changeShape)})
      left join (select namespace, value, row_key, sure from ${rowsOfParts([now], directory, stateShape)})
        using (namespace, value)`)
  }
  const file = `${fold.folder}/${fold.name}-delta.parquet`
  return { from, part: await writePart(job, { directory, file, query: 'from delta' }) }
}

/** The files of every kind. */
function partsOf({ removed, added, moved, forgotten = [] }: Changes): readonly ChangePart[] {
  return [...removed, ...added, ...moved, ...forgotten]
}

function within(
  fold: FoldJob,
  ranges: 'accepted_range' | 'uncertain_range',
  of: { readonly parts: readonly ChangePart[]; readonly bucket: number; readonly offset: number },
): string {
  return `
    from ${partsSql(fold, of.parts, of.bucket)} as change
    where exists (from ${ranges} where change.n + ${of.offset} >= first and change.n + ${of.offset} < past)`
}

function partsSql({ directory }: FoldJob, parts: readonly ChangePart[], bucket: number): string {
  return rowsOfParts(
    parts.filter((part) => part.bucket === bucket),
    directory,
    changeShape,
  )
}
