import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { bucketExpression, hashingOf } from './bucket-sql.ts'
import { type ChangePart, type Changes, gatherRemovedRows, writeChanges } from './diff-buckets.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { type NumberRange, rangeTable } from './fold-state.ts'
import { layState } from './lay-state.ts'
import { proveParts, settleDirectory } from './part-file.ts'
import { acceptedIn, type State, stateOfBucket } from './state.ts'

export interface UndoJob {
  readonly job: Job
  readonly state: State
  /** Of the run that is undone. */
  readonly changes: Changes
  readonly counts: DiffCounts
  /** The changes of that run that the destination has accepted. */
  readonly accepted: readonly NumberRange[]
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where the changes are written. */
  readonly folder: string
}

const changeShape = "0 as n, '' as namespace, '' as value, '' as row_key"

/**
 * The changes that take an earlier run back: whom it added, and who is still in, is removed; whom it removed, and who did
 * not come back, is added. What it only asserted again was there before and stays. Members whose row loses another
 * identifier by this are asserted again (design §3.4).
 */
export async function undoChanges(undo: UndoJob): Promise<{ counts: DiffCounts; changes: Changes }> {
  const { job, directory, folder } = undo
  await proveParts(job, undo.state.files, {
    directory,
    what: 'the record of what the destination has accepted',
  })
  await proveParts(job, [...undo.changes.removed, ...undo.changes.added], {
    directory,
    what: 'the record of that run',
  })
  await rangeTable(job, 'undone_range', undo.accepted)
  const { bits } = undo.state
  const hashing = await hashingOf(job)
  const state = (await layState(job, { state: undo.state, bits, directory, folder })) ?? undo.state
  const sameBuckets = undo.changes.bits === bits && undo.changes.hashing === hashing
  const parts: Record<'removed' | 'added', ChangePart[]> = { removed: [], added: [] }
  const totals = { removed: 0, added: 0 }
  const write = async (kind: 'removed' | 'added', bucket: number, rows: string): Promise<void> => {
    const change = { kind, bucket, rows, from: totals[kind], part: parts[kind].length }
    const part = await writeChanges({ job, directory, folder }, change)
    if (part.rows === 0) return
    parts[kind].push(part)
    totals[kind] += part.rows
  }
  for (let bucket = 0; bucket < 2 ** bits; bucket++) {
    const known = stateOfBucket(state, bucket, { bits, directory })
    await write(
      'removed',
      bucket,
      `select one.* exclude (n) from (${undone(undo, 'added', { bucket, bits, sameBuckets })}) as one semi join ${known} as known using (namespace, value)`,
    )
    await write(
      'added',
      bucket,
      `select one.* exclude (n) from (${undone(undo, 'removed', { bucket, bits, sameBuckets })}) as one
       anti join (from ${known} where sure) as known using (namespace, value)`,
    )
  }
  const restored = totals.added
  if (totals.removed > 0) {
    await gatherRemovedRows({ job, directory }, parts.removed)
    for (let bucket = 0; bucket < 2 ** bits; bucket++) {
      await write(
        'added',
        bucket,
        `select namespace, value, row_key
         from (from ${stateOfBucket(state, bucket, { bits, directory })} where sure) as known
         semi join removed_row using (row_key)
         anti join (${undone(undo, 'added', { bucket, bits, sameBuckets })}) as one using (namespace, value)`,
      )
    }
  }
  await settleDirectory(`${directory}/${folder}`)
  const counts: DiffCounts = {
    rows: { read: 0, members: 0, null: 0, invalid: 0, duplicate: 0 },
    ...acceptedIn(state),
    removed: totals.removed,
    added: totals.added,
    unchanged: Math.max(0, state.members - totals.removed),
    reasserted: totals.added - restored,
  }
  const base = state === undo.state ? {} : { base: state }
  return { counts, changes: { bits, hashing, ...parts, moved: [], ...base } }
}

/** The accepted changes of the run in a bucket. The first of its additions are the new ones, those asserted again follow. */
function undone(
  { changes, counts, directory }: UndoJob,
  kind: 'removed' | 'added',
  {
    bucket,
    bits,
    sameBuckets,
  }: { readonly bucket: number; readonly bits: number; readonly sameBuckets: boolean },
): string {
  const files = changes[kind].filter((part) => !sameBuckets || part.bucket === bucket)
  const paths = files.map((part) => `${directory}/${part.file}`)
  const offset = kind === 'added' ? counts.removed : 0
  const fresh = kind === 'added' ? counts.added - counts.reasserted : counts.removed
  return `
    select n, namespace, value, row_key from ${parquet(paths, changeShape)} as change
    where n < ${fresh} and ${bucketExpression(bits)} = ${bucket}
      and exists (from undone_range where change.n + ${offset} >= first and change.n + ${offset} < past)`
}
