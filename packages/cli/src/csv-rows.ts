import { createReadStream } from 'node:fs'
import type { CsvRow } from '@muster/core/api/user-import.ts'
import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { CsvError, type Info, parse } from 'csv-parse'

/**
 * The rows of a CSV file, the first line among them, as they are read: the file is never in memory whole. `tell` is
 * given the bytes read so far. Throws `invalid` where the file is not there, not UTF-8 or not CSV, naming the line.
 */
export async function* csvRows(path: string, tell: (bytes: number) => void): AsyncGenerator<CsvRow> {
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true })
  const feeding = feed(path, parser, tell)
  feeding.catch((error: unknown) =>
    parser.destroy(error instanceof Error ? error : new Error(messageOf(error))),
  )
  let line = 1
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      yield { line, cells: record }
      line = info.lines + 1
    }
    await feeding
  } catch (error) {
    throw explained(error, path)
  } finally {
    parser.destroy()
  }
}

async function feed(
  path: string,
  parser: ReturnType<typeof parse>,
  tell: (bytes: number) => void,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    tell(bytes)
    const goesOn = parser.write(decoder.decode(chunk, { stream: true }))
    if (!goesOn && !parser.destroyed) {
      await new Promise<void>((done) => {
        parser.once('drain', done)
        parser.once('close', done)
      })
    }
    if (parser.destroyed) return
  }
  parser.end(decoder.decode())
}

function explained(error: unknown, path: string): unknown {
  if (error instanceof CsvError) {
    const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : null
    return invalid('bad_csv', `${path} is not CSV: ${error.message}`, {
      hint: 'Mend that line; a quote within a quoted field is written twice.',
      details: line === null ? [] : [{ where: `line ${line}`, message: 'here reading stopped' }],
      cause: error,
    })
  }
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return invalid('no_such_file', `there is no file ${path}`, { cause: error })
  if (code === 'EISDIR') return invalid('is_directory', `${path} is a directory`, { cause: error })
  if (code === 'EACCES') return invalid('no_permission', `${path} may not be read`, { cause: error })
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return invalid('not_utf8', `${path} is not UTF-8 text`, {
      hint: 'Convert it first, e.g. iconv -f LATIN1 -t UTF-8 in.csv > out.csv.',
      cause: error,
    })
  }
  return error
}
