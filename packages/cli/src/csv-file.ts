import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvLine } from '@muster/core/lib/csv.ts'
import { invalid } from '@muster/core/lib/error.ts'

/** Writes rows as CSV as they come; returns how many there were. A failure leaves no file, and one of before as it was. */
export async function writeCsv<Row>(
  path: string,
  head: readonly string[],
  rows: AsyncIterable<Row>,
  fields: (row: Row) => string[],
  tell: (rows: number) => void,
): Promise<number> {
  let written = 0
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(head)
    for await (const row of rows) {
      written++
      if (written % 10_000 === 0) tell(written)
      yield csvLine(fields(row))
    }
  }
  const part = `${path}.part`
  try {
    await pipeline(Readable.from(lines()), createWriteStream(part))
    await rename(part, path)
  } catch (error) {
    throw explained(error, path)
  } finally {
    await rm(part, { force: true })
  }
  return written
}

/** What the disk says of a file that cannot be written, for whoever named it. */
function explained(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  const because = typeof code === 'string' ? reasons[code] : undefined
  if (because === undefined) return error
  return invalid('not_written', `${path} cannot be written: ${because}`, {
    hint: 'Name another file with --out.',
    cause: error,
  })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
}
