import { join } from 'node:path'
import type { ChecksumDigits } from '@muster/core/sync/compile/checksums.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { BucketLayout } from './bucket-sql.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { type PartFile, rowsIn, rowsOfParts, writePart } from './part-file.ts'

/**
 * What the destination has accepted, as the database remembers it: one file a bucket with the columns
 * (namespace, value, hash, row_key, sure). The file of bucket n is at index n; the hash is that of `hashedSql`.
 *
 * Not sure are the members of which nobody knows whether they are in or out (core/sync/diff.ts, `Accepted`).
 */
export interface State extends BucketLayout {
  /** The sure ones. */
  readonly members: number
  readonly files: readonly StatePart[]
  /**
   * Each member was named by one row only when it was last read, so that its key tells of every row that loses it. Absent where
   * that is not known.
   */
  readonly unshared?: boolean
  /** Of the engine `checksums`: what the source's rows came to when they were last compared. */
  readonly source?: SourceChecksums
  /** Of the engine `warehouse`: what was changed since the version `from`, by which its table of the state is carried on. */
  readonly delta?: StateDelta
}

/** A file with the columns (namespace, value, row_key, sure), sure being 1, 0 or, of who is in it no more, -1. */
export interface StateDelta {
  readonly from: number
  readonly part: PartFile
}

/**
 * A file with the columns (bucket, row_count, members, low, middle, high), by the buckets of compile/checksums.ts. A bucket stands in it only
 * when all that the comparison found there was accepted, so that equal rows need no comparison.
 */
export interface SourceChecksums {
  readonly digits: ChecksumDigits
  /** How the sync compared. One that only adds leaves leavers in the state, of whom these sums do not tell. */
  readonly mode?: SyncMode
  readonly part: PartFile
}

export interface StatePart extends PartFile {
  readonly sure: number
}

/** How many are sure, and how many are not, as a plan counts them. */
export function acceptedIn(state: State | null): Pick<DiffCounts, 'accepted' | 'unsure'> {
  if (state === null) return { accepted: null }
  const unsure = rowsIn(state.files) - state.members
  return { accepted: state.members, ...(unsure > 0 ? { unsure } : {}) }
}

/** All files of a state. */
export function partsOfState({ files, source, delta }: State): readonly PartFile[] {
  return [...files, ...(source ? [source.part] : []), ...(delta ? [delta.part] : [])]
}

export const stateShape = "'' as namespace, '' as value, 0::usmallint as hash, '' as row_key, true as sure"

/** A FROM item with the state's members of a bucket; throws where the state is laid out in other buckets. */
export function stateOfBucket(
  state: State | null,
  bucket: number,
  { bits, directory }: { readonly bits: number; readonly directory: string },
): string {
  if (state !== null && state.bits !== bits)
    throw new Error(`the state has ${2 ** state.bits} buckets, not ${2 ** bits}`)
  const part = state?.files[bucket]
  return parquet(part && part.rows > 0 ? [join(directory, part.file)] : [], stateShape)
}

/** A FROM item with all of the state's members. */
export function stateRows(state: State | null, directory: string): string {
  return rowsOfParts(state?.files.filter((part) => part.rows > 0) ?? [], directory, stateShape)
}

/** Writes the rows of a query (namespace, value, hash, row_key, sure) as a bucket's file. */
export async function writeStatePart(
  job: Job,
  target: { readonly directory: string; readonly file: string; readonly query: string },
): Promise<StatePart> {
  const part = await writePart(job, target)
  const [count] = await job.rows<{ sure: bigint }>(
    `select count(*) as sure from ${rowsOfParts([part], target.directory, stateShape)} where sure`,
  )
  return { ...part, sure: Number(count?.sure ?? 0) }
}
