import { createWriteStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type MusterError, transient } from '@muster/core/lib/error.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'

/** Rows in the order of the columns, every value as text or null. */
export type TextRows = readonly (readonly (string | null)[])[]

/**
 * Writes rows that come in chunks to one CSV file (RowFiles), and asks for the next chunk only when the file has taken
 * the last, so that memory holds two chunks whatever the rows. What fails is left to `allOrNothing`.
 */
export async function writeRowFile(
  target: { readonly directory: string; readonly columns: readonly string[]; readonly signal: AbortSignal },
  chunks: AsyncIterable<TextRows>,
): Promise<RowFiles> {
  const path = join(target.directory, 'rows.csv')
  let rows = 0
  async function* lines(): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      rows += chunk.length
      if (chunk.length > 0) yield csvOf(chunk)
    }
  }
  await pipeline(Readable.from(lines(), { highWaterMark: 1 }), createWriteStream(path), {
    signal: target.signal,
  })
  return { format: 'csv', columns: target.columns, paths: [path], rows }
}

/** Chunks as CSV text: a value in quotes, null a bare `\N`. */
export function csvOf(rows: TextRows): string {
  let text = ''
  for (const row of rows) {
    let separator = ''
    for (const value of row) {
      text += separator
      if (value === null) text += '\\N'
      else text += value.includes('"') ? `"${value.replaceAll('"', '""')}"` : `"${value}"`
      separator = ','
    }
    text += '\n'
  }
  return text
}

/** The disk's error while rows are written, or null where it is another one. */
export function diskError(error: unknown): MusterError | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null
  return transient('disk_full', 'the rows do not fit on the disk of the data directory', {
    hint: 'Free some space, then run again.',
    cause: error,
  })
}

/** Does the work of an extraction; where it fails nothing is left in the directory. */
export async function allOrNothing<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await emptyDirectory(directory)
    throw error
  }
}

async function emptyDirectory(directory: string): Promise<void> {
  const names = await readdir(directory)
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })))
}
