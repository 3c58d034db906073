import { open, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { conflict } from '@muster/core/lib/error.ts'
import { type Job, literal, parquet } from './duckdb-job.ts'

/** A Parquet file as the database remembers it, so that a lost or damaged one is noticed before it is believed. */
export interface PartFile {
  /** Relative to the sync's directory. */
  readonly file: string
  readonly rows: number
  readonly bytes: number
}

/**
 * Writes the rows of a query into a file that is whole and on the disk when this resolves, or does not exist. The
 * directory must be synced once all its files are written (`settleDirectory`).
 */
export async function writePart(
  job: Job,
  target: { readonly directory: string; readonly file: string; readonly query: string },
): Promise<PartFile> {
  const path = join(target.directory, target.file)
  const [count] = await job.rows<{ Count: bigint }>(
    `copy (${target.query}) to ${literal(`${path}.tmp`)} (format parquet, compression snappy, row_group_size 61440)`,
  )
  const handle = await open(`${path}.tmp`, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.tmp`, path)
  const { size } = await stat(path)
  return { file: target.file, rows: Number(count?.Count ?? 0), bytes: size }
}

/** How many rows the parts have. */
export function rowsIn(parts: readonly PartFile[]): number {
  return parts.reduce((sum, part) => sum + part.rows, 0)
}

/** A FROM item: the rows of the parts; none give an empty relation of the given shape. */
export function rowsOfParts(parts: readonly PartFile[], directory: string, emptyShape: string): string {
  return parquet(
    parts.map((part) => join(directory, part.file)),
    emptyShape,
  )
}

/** Makes the names of new files durable. */
export async function settleDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Proves that the files are there, of the size and with the rows that the database remembers; throws `conflict`
 * `files_damaged` otherwise. `what` names them for people.
 */
export async function proveParts(
  job: Job,
  parts: readonly PartFile[],
  { directory, what }: { readonly directory: string; readonly what: string },
): Promise<void> {
  const paths = parts.map((part) => join(directory, part.file))
  for (const part of parts) {
    const path = join(directory, part.file)
    const found = await stat(path).catch(() => null)
    if (!found) throw damaged(what, part, 'is missing')
    if (found.size !== part.bytes) {
      throw damaged(what, part, `has ${found.size} bytes where ${part.bytes} were written`)
    }
  }
  const counts = await countRows(job, paths).catch(() => null)
  for (const part of parts) {
    const path = join(directory, part.file)
    // One file that cannot be read fails the question for all: each is asked for itself then.
    const rows = counts ?? (await countRows(job, [path]).catch(notReadable(what, part)))
    if (rows.get(path) !== part.rows) throw damaged(what, part, 'has another number of rows')
  }
}

/** How many rows each file has, from its footer; no row is read. */
export async function countRows(job: Job, paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (paths.length === 0) return new Map()
  const footers = await job.rows<{ file: string; rows: bigint }>(
    `select file_name as file, num_rows as rows from parquet_file_metadata([${paths.map(literal).join(', ')}])`,
  )
  return new Map(footers.map(({ file, rows }) => [file, Number(rows)]))
}

function notReadable(what: string, part: PartFile): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && error.name === 'AbortError') throw error
    throw damaged(what, part, 'is not readable')
  }
}

function damaged(what: string, part: PartFile, how: string): Error {
  return conflict(
    'files_damaged',
    `${what} is damaged: the file ${basename(dirname(part.file))}/${basename(part.file)} ${how}`,
    {
      hint: 'Restore the data directory from a backup, or repair the cohort with: muster reconcile SYNC. Nothing was sent, and nothing is removed from the cohort meanwhile.',
    },
  )
}
