import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { Column, OpenSource, RowFiles } from '@muster/core/sync/source.ts'
import type pg from 'pg'
import copyStreams from 'pg-copy-streams'
import type { Timeouts } from '../deadline.ts'
import { allOrNothing } from '../row-file.ts'
import type { ReadConfig as Config } from './config.ts'
import { readError } from './error.ts'
import { inSession, type Model, proveStatement, type Session } from './session.ts'

/** What PostgreSQL and Redshift do each in their own way. */
export interface Flavour {
  readonly dialect: 'postgres' | 'redshift'
  /** The column as text, given its quoted name and its type's oid. */
  readonly asText: (column: string, oid: number) => string
  /** The same where rows are extracted, in whatever form comes to the same text there. */
  readonly asExtracted: (column: string, oid: number) => string
  readonly extract: (
    session: Session,
    select: string,
    target: { readonly directory: string; readonly columns: readonly string[] },
  ) => Promise<RowFiles>
}

/**
 * COPY writes these as a cast to text would: int8, int2, int4, text, float4, float8, varchar, date, timestamp,
 * timestamptz, numeric, uuid. Without the cast a read takes a fifth less time.
 */
const copiedAsText: readonly number[] = [20, 21, 23, 25, 700, 701, 1043, 1082, 1114, 1184, 1700, 2950]

export const postgresFlavour: Flavour = {
  dialect: 'postgres',
  asText: (column) => `${column}::text`,
  asExtracted: (column, oid) => (copiedAsText.includes(oid) ? column : `${column}::text`),
  extract: (session, select, { directory, columns }) =>
    copyRows(session, select, { file: join(directory, 'rows.csv'), columns }),
}

export function postgresReader(
  config: Config,
  timeouts: Timeouts,
  flavour: Flavour,
): Pick<OpenSource, 'describe' | 'preview' | 'find' | 'extract' | 'selectText'> {
  const looking = <T>(sql: string, work: (session: Session, model: Model) => Promise<T>): Promise<T> =>
    inSession(config, { timeoutMs: timeouts.look }, async (session) =>
      work(session, await proveStatement(session, sql)),
    )
  return {
    describe: (sql) => looking(sql, describeModel),
    preview: (sql, limit) =>
      looking(sql, async (session, model) => {
        const fields = await fieldsOf(session, model)
        return textRows(session, `select ${textList(fields, flavour)} from ${model.from} limit ${limit}`)
      }),
    find: (sql, column, value) =>
      looking(sql, async (session, model) => {
        const fields = await fieldsOf(session, model)
        const wanted = textOf(column, fields, flavour)
        return textRows(
          session,
          `select ${textList(fields, flavour)} from ${model.from} where ${wanted} = $1 limit 100`,
          [value],
        )
      }),
    extract: (sql, columns, directory, signal) =>
      allOrNothing(directory, () =>
        inSession(config, { timeoutMs: timeouts.extract, signal }, async (session) => {
          const asExtracted = { dialect: flavour.dialect, asText: flavour.asExtracted }
          const select = await selectOf(session, sql, columns, asExtracted)
          return flavour.extract(session, select, { directory, columns })
        }),
      ),
    selectText: (sql, columns) =>
      inSession(config, { timeoutMs: timeouts.look }, (session) => selectOf(session, sql, columns, flavour)),
  }
}

async function selectOf(
  session: Session,
  sql: string,
  columns: readonly string[],
  how: Pick<Flavour, 'dialect' | 'asText'>,
): Promise<string> {
  const model = await proveStatement(session, sql)
  const fields = await fieldsOf(session, model)
  const list = columns.map((name) => `${textOf(name, fields, how)} as ${quoteName(how.dialect, name)}`)
  return `select ${list.join(', ')} from ${model.from}`
}

/** The statement has been proven to be one, so its text in brackets cannot end the COPY. */
export async function copyRows(
  { client, deadline }: Session,
  select: string,
  { file: path, columns }: { readonly file: string; readonly columns: readonly string[] },
): Promise<RowFiles> {
  // An only field that is empty would be an empty line of text, and needs quotes.
  const format = columns.length === 1 ? 'csv' : 'copy_text'
  const form = format === 'csv' ? `format csv, null '\\N', force_quote *` : 'format text'
  const copy = copyStreams.to(`copy (${select}) to stdout with (${form}, encoding 'UTF8')`, {
    highWaterMark: 1024 * 1024,
  })
  const rows = client.query(copy)
  try {
    await pipeline(rows, createWriteStream(path, { highWaterMark: 1024 * 1024 }), {
      signal: deadline.signal,
    })
    // The rows end before the server has said how many they were.
    await client.query('commit')
  } catch (error) {
    throw readError(error, deadline)
  }
  return { format, columns, paths: [path], rows: rows.rowCount }
}

async function fieldsOf(session: Session, { from, statement }: Model): Promise<readonly pg.FieldDef[]> {
  const prefix = 'select * from ('
  const { fields } = await session.rows(`select * from ${from} limit 0`, [], {
    ...statement,
    before: prefix.length,
  })
  return fields
}

async function describeModel(session: Session, model: Model): Promise<Column[]> {
  const fields = await fieldsOf(session, model)
  if (fields.length === 0) return []
  const types = fields.map(
    ({ dataTypeID, dataTypeModifier }) => `format_type(${dataTypeID}, ${dataTypeModifier})`,
  )
  const [names = []] = (await session.rows(`select ${types.join(', ')}`)).rows
  return fields.map(({ name }, index) => ({ name, type: String(names[index]) }))
}

async function textRows(
  session: Session,
  sql: string,
  values: readonly string[] = [],
): Promise<Record<string, string | null>[]> {
  const { rows, fields } = await session.rows(sql, values)
  return rows.map((row) =>
    Object.fromEntries(
      fields.map(({ name }, index) => [name, row[index] === null ? null : String(row[index])]),
    ),
  )
}

function textList(fields: readonly pg.FieldDef[], flavour: Flavour): string {
  return fields
    .map(({ name }) => `${textOf(name, fields, flavour)} as ${quoteName(flavour.dialect, name)}`)
    .join(', ')
}

/** A column that the statement does not give is left for the database to refuse. */
function textOf(
  name: string,
  fields: readonly pg.FieldDef[],
  { dialect, asText }: Pick<Flavour, 'dialect' | 'asText'>,
): string {
  const oid = fields.find((field) => field.name === name)?.dataTypeID ?? 0
  return asText(quoteName(dialect, name), oid)
}
