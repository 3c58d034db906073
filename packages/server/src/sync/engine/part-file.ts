import { open, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { conflict } from '@muster/core/lib/error.ts'
import { type Job, literal } from './duckdb-job.ts'

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
  for (const part of parts) {
    const path = join(directory, part.file)
    const found = await stat(path).catch(() => null)
    if (!found) throw damaged(what, part, 'is missing')
    if (found.size !== part.bytes) {
      throw damaged(what, part, `has ${found.size} bytes where ${part.bytes} were written`)
    }
    const [count] = await job
      .rows<{ rows: bigint }>(`select num_rows as rows from parquet_file_metadata(${literal(path)})`)
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'AbortError') throw error
        throw damaged(what, part, 'is not readable')
      })
    if (Number(count?.rows) !== part.rows) throw damaged(what, part, 'has another number of rows')
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
