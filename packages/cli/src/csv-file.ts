import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvLine } from '@muster/core/lib/csv.ts'

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
  } finally {
    await rm(part, { force: true })
  }
  return written
}
