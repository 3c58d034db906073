import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { transient } from '@muster/core/lib/error.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { openDeadline } from '../deadline.ts'
import { allOrNothing } from '../row-file.ts'
import { selectOf, withDeadline } from '../warehouse-reader.ts'
import { csvTail } from './csv-tail.ts'
import { exceptionIn, type Session } from './session.ts'

/**
 * ClickHouse writes the CSV of `RowFiles` itself (text in quotes, null a bare `\N`), so its bytes go to the file as they
 * come. It has answered 200 when a row fails later: the exception then stands at the end of the bytes.
 */
export function extractCsv(
  session: Session,
  read: {
    readonly sql: string
    readonly columns: readonly string[]
    readonly directory: string
    readonly signal: AbortSignal
  },
): Promise<RowFiles> {
  const { sql, columns, directory, signal } = read
  const path = join(directory, 'rows.csv')
  return allOrNothing(directory, () =>
    withDeadline(session, openDeadline(session.timeouts.extract, signal), async (deadline) => {
      const { sql: select } = await selectOf(session, sql, columns, deadline)
      const tail = csvTail()
      try {
        const bytes = await session.stream(`${select}\nformat CSV`, deadline)
        await pipeline(bytes, tail.watch, createWriteStream(path), { signal: deadline.signal })
      } catch (error) {
        throw exceptionIn(tail.exception() ?? '', session.timeouts) ?? error
      }
      const exception = exceptionIn(tail.exception() ?? '', session.timeouts)
      if (exception) throw exception
      if (!tail.isWhole()) {
        throw transient('connection_lost', 'the connection to the database broke: the last row is cut off')
      }
      return { format: 'csv', columns, paths: [path], rows: tail.rows() }
    }),
  )
}
