import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { OpenSource, RowFiles } from '@muster/core/sync/source.ts'
import type { Timeouts } from '../deadline.ts'
import { allOrNothing, type TextRows, writeRowFile } from '../row-file.ts'
import type { Config } from './config.ts'
import type { MysqlField } from './driver.ts'
import { readError } from './error.ts'
import { type Answer, inSession, type Session } from './session.ts'

const rowsInChunk = 2_000

export function mysqlReader(
  config: Config,
  timeouts: Timeouts,
): Pick<OpenSource, 'describe' | 'preview' | 'find' | 'extract' | 'selectText'> {
  const looking = <T>(sql: string, work: (session: Session, from: string) => Promise<T>): Promise<T> =>
    inSession(config, { timeoutMs: timeouts.look }, async (session) =>
      work(session, await session.prove(sql)),
    )
  return {
    describe: (sql) =>
      looking(sql, async (session, from) =>
        (await fieldsOf(session, from)).map((field) => ({ name: field.name, type: session.typeName(field) })),
      ),
    preview: (sql, limit) =>
      looking(sql, async (session, from) => {
        const names = (await fieldsOf(session, from)).map(({ name }) => name)
        return textRows(await session.rows(`select ${textList(names)} from ${from} limit ${limit}`))
      }),
    find: (sql, column, value) =>
      looking(sql, async (session, from) => {
        const names = (await fieldsOf(session, from)).map(({ name }) => name)
        // Byte by byte: every collation takes some different texts for one.
        const found = `select ${textList(names)} from ${from} where cast(${textOf(column)} as binary) = cast(? as binary)`
        return textRows(await session.rows(`${found} limit 100`, [value]))
      }),
    extract: (sql, columns, directory, signal) =>
      allOrNothing(directory, () =>
        inSession(config, { timeoutMs: timeouts.extract, signal }, async (session) => {
          const from = await session.prove(sql)
          return await writeRows(session, `select ${textList(columns)} from ${from}`, { directory, columns })
        }),
      ),
    selectText: (sql, columns) => looking(sql, async (_, from) => `select ${textList(columns)} from ${from}`),
  }
}

/** Writes the rows of a SELECT into a file, only as fast as it takes them. */
export async function writeRows(
  session: Session,
  select: string,
  target: { readonly directory: string; readonly columns: readonly string[] },
): Promise<RowFiles> {
  async function* chunks(): AsyncGenerator<TextRows> {
    let chunk: (string | null)[][] = []
    for await (const row of session.stream(select)) {
      if (!Array.isArray(row)) continue
      chunk.push(row.map(textOrNull))
      if (chunk.length < rowsInChunk) continue
      yield chunk
      chunk = []
    }
    yield chunk
  }
  try {
    return await writeRowFile({ ...target, signal: session.signal }, chunks())
  } catch (error) {
    throw readError(error, session.deadline)
  }
}

async function fieldsOf(session: Session, from: string): Promise<readonly MysqlField[]> {
  return (await session.rows(`select * from ${from} limit 0`)).fields
}

function textRows({ rows, fields }: Answer): Record<string, string | null>[] {
  return rows.map((row) =>
    Object.fromEntries(fields.map(({ name }, index) => [name, textOrNull(row[index])])),
  )
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

function textList(names: readonly string[]): string {
  return names.map((name) => `${textOf(name)} as ${quoteName('mysql', name)}`).join(', ')
}

function textOf(name: string): string {
  return `cast(${quoteName('mysql', name)} as char character set utf8mb4)`
}
