import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hashingOf } from './bucket-sql.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { proveParts, settleDirectory } from './part-file.ts'
import { bucketedSql, layOut, splitIn } from './split-rows.ts'
import { type State, type StatePart, stateRows, stateShape, writeStatePart } from './state.ts'

export interface StatePlace {
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it, existing: where new files go. */
  readonly folder: string
}

/**
 * The state in as many buckets as a comparison wants, by this process's hash: itself, or the same in new files where it was laid
 * out otherwise. That is so when a sync has outgrown its buckets, and after a DuckDB that hashes in another way.
 */
export async function layState(
  job: Job,
  { state, bits, ...place }: StatePlace & { readonly state: State | null; readonly bits: number },
): Promise<State | null> {
  if (!state || (state.bits === bits && state.hashing === (await hashingOf(job)))) return state
  const { directory } = place
  await proveParts(job, state.files, { directory, what: 'the record of what the destination has accepted' })
  const rows = `select namespace, value, hash, row_key, sure from ${stateRows(state, directory)}`
  return { ...state, ...(await writeState(job, { rows, bits, ...place })) }
}

/** Writes the rows of a query (namespace, value, hash, row_key, sure) as the files of a state. */
export async function writeState(
  job: Job,
  given: StatePlace & { readonly rows: string; readonly bits: number },
): Promise<State> {
  const { rows, bits, directory, folder } = given
  const target = { bits, directory: join(directory, folder, 'laid') }
  await mkdir(target.directory)
  await layOut(job, bucketedSql(rows, bits), target)
  const laid = await splitIn(job, target)
  const files: StatePart[] = []
  for (let bucket = 0; bucket < 2 ** bits; bucket++) {
    const query = `select namespace, value, hash, row_key, sure from ${parquet(laid.files.get(bucket) ?? [], stateShape)}`
    files.push(await writeStatePart(job, { directory, file: `${folder}/known-${bucket}.parquet`, query }))
  }
  await rm(target.directory, { recursive: true })
  await settleDirectory(join(directory, folder))
  const members = files.reduce((sum, part) => sum + part.sure, 0)
  return { bits, ...(laid.hashing === undefined ? {} : { hashing: laid.hashing }), members, files }
}
