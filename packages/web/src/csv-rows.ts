import type { CsvRow } from '@muster/core/api/user-import.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { CsvError, type Info, type Parser, parse } from 'csv-parse/browser/esm'

/** The rows of a chosen file as they are read; `tell` is given the share of it that was read. As cli `csv-rows.ts`. */
export async function* csvRows(file: File, tell: (share: number) => void): AsyncGenerator<CsvRow> {
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true })
  const rows = collect(parser)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let line = 1
  let bytes = 0
  try {
    for (let from = 0; from < file.size; from += chunkBytes) {
      const chunk = await file.slice(from, from + chunkBytes).arrayBuffer()
      bytes += chunk.byteLength
      parser.write(decoder.decode(chunk, { stream: true }))
      tell(bytes / file.size)
      for (const { record, info } of rows.take()) {
        yield { line, cells: record }
        line = info.lines + 1
      }
    }
    parser.end(decoder.decode())
    await rows.ended
    for (const { record, info } of rows.take()) {
      yield { line, cells: record }
      line = info.lines + 1
    }
  } catch (error) {
    if (error instanceof CsvError) throw invalid('bad_csv', error.message, { cause: error })
    if (error instanceof TypeError) throw invalid('not_utf8', 'the file is not UTF-8 text', { cause: error })
    throw error
  }
}

const chunkBytes = 256 * 1024

interface Parsed {
  readonly record: string[]
  readonly info: Info
}

/** What the parser gave since it was last asked. */
function collect(parser: Parser): { take(): Parsed[]; readonly ended: Promise<void> } {
  let parsed: Parsed[] = []
  let failure: Error | null = null
  parser.on('readable', () => {
    for (let row: Parsed | null = parser.read(); row !== null; row = parser.read()) parsed.push(row)
  })
  parser.on('error', (error) => {
    failure = error
  })
  const ended = new Promise<void>((done, fail) => {
    parser.on('end', done)
    parser.on('error', fail)
  })
  ended.catch(() => {})
  return {
    ended,
    take: () => {
      if (failure) throw failure
      const taken = parsed
      parsed = []
      return taken
    },
  }
}
