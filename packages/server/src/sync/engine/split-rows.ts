import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { IdentifierColumn } from '@muster/core/sync/identifier.ts'
import type { RowAccounting } from '@muster/core/sync/member.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { type Job, literal } from './duckdb-job.ts'
import { bucketSql, identifySql, invalidBucket, nullBucket } from './identify-sql.ts'

/** The rows of a read, each with its identifier, lying in one folder a bucket. */
export interface SplitRows {
  readonly bits: number
  readonly read: number
  readonly null: number
  readonly invalid: number
  /** The files of a bucket, absolute. */
  readonly files: ReadonlyMap<number, readonly string[]>
}

export interface ModelColumns {
  readonly key: string
  readonly identifiers: readonly IdentifierColumn[]
}

/** Identifies every row and lays it into its bucket's folder; one pass over the read. */
export async function splitRows(
  job: Job,
  rows: RowFiles,
  options: { readonly model: ModelColumns; readonly bits: number; readonly directory: string },
): Promise<SplitRows> {
  const { bits, directory, model } = options
  const split = await layOut(job, identifySql(rowFilesSql(rows), { ...model, bits }), { bits, directory })
  requireWhole(rows.rows, split.read)
  return split
}

/** The same of rows that are identified already. */
export async function splitIdentified(
  job: Job,
  rows: readonly RowFiles[],
  options: { readonly bits: number; readonly directory: string },
): Promise<SplitRows> {
  const all = rows.map((files) => `select namespace, value, row_key from ${rowFilesSql(files)}`)
  const none = "select '' as namespace, '' as value, '' as row_key where false"
  const identified = `(${[...all, none].join(' union all ')})`
  const split = await layOut(job, bucketSql(identified, options.bits), options)
  requireWhole(
    rows.reduce((sum, files) => sum + files.rows, 0),
    split.read,
  )
  return split
}

function requireWhole(read: number, identified: number): void {
  if (read !== identified) throw new Error(`${read} rows were read and ${identified} identified`)
}

async function layOut(
  job: Job,
  bucketed: string,
  { bits, directory }: { readonly bits: number; readonly directory: string },
): Promise<SplitRows> {
  await mkdir(directory, { recursive: true })
  await job.run(`
    copy (${bucketed})
    to ${literal(directory)} (format parquet, partition_by (bucket), compression snappy, overwrite_or_ignore)`)
  const files = await filesByBucket(directory)
  const counts = await countByBucket(job, files)
  const read = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return {
    bits,
    read,
    null: counts.get(nullBucket) ?? 0,
    invalid: counts.get(invalidBucket) ?? 0,
    files,
  }
}

/** What a read came to, once the members are counted. */
export function accountRows(split: SplitRows, members: number): RowAccounting {
  const { read, null: withoutIdentifier, invalid } = split
  return {
    read,
    members,
    null: withoutIdentifier,
    invalid,
    duplicate: read - withoutIdentifier - invalid - members,
  }
}

async function filesByBucket(directory: string): Promise<Map<number, string[]>> {
  const files = new Map<number, string[]>()
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const bucket = /^bucket=(-?\d+)$/.exec(entry.name)?.[1]
    if (bucket === undefined || !entry.isDirectory()) continue
    const folder = join(directory, entry.name)
    files.set(
      Number(bucket),
      (await readdir(folder)).map((name) => join(folder, name)),
    )
  }
  return files
}

/** From the files' footers; no row is read. */
async function countByBucket(
  job: Job,
  files: ReadonlyMap<number, readonly string[]>,
): Promise<Map<number, number>> {
  const all = [...files.values()].flat()
  if (all.length === 0) return new Map()
  const footers = await job.rows<{ file: string; rows: bigint }>(
    `select file_name as file, num_rows as rows from parquet_file_metadata([${all.map(literal).join(', ')}])`,
  )
  const rowsOf = new Map(footers.map(({ file, rows }) => [file, Number(rows)]))
  return new Map(
    [...files].map(([bucket, paths]) => [
      bucket,
      paths.reduce((sum, path) => sum + (rowsOf.get(path) ?? 0), 0),
    ]),
  )
}
