import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import {
  type Catalog,
  type Column,
  catalogLimit,
  type OpenSource,
  type RowFiles,
} from '@muster/core/sync/source.ts'
import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'
import { z } from 'zod'
import { catalogOf } from './catalog.ts'
import { type Deadline, openDeadline, type Timeouts } from './deadline.ts'
import { sqlError } from './duckdb-error.ts'
import { allOrNothing } from './row-file.ts'

/** The field `memory_limit` of a source that DuckDB reads: what its statements may hold before they spill. */
export const MemoryLimit = z
  .string()
  .regex(/^[1-9]\d*(MB|GB)$/, { error: 'must be a size such as 160MB or 2GB' })
  .default('160MB')

/** How the sources that read by DuckDB (`duckdb`, and the files) open it. */
export interface SessionOptions {
  /** A database file, or `:memory:`. */
  readonly path: string
  readonly readOnly: boolean
  /** Run first, before the doors are shut: where a source makes its tables known. */
  readonly prepare?: (connection: DuckDBConnection) => Promise<void>
  /** The only files that statements may read beside the database itself. */
  readonly readable: readonly string[]
  readonly timeouts: Timeouts
  readonly memoryLimit: string
}

/** Takes text; returns it as an SQL string literal, for the places where DuckDB takes no bound value. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Opens DuckDB in bounded memory, does the work until the deadline, and closes it. No extension is loaded behind anybody's back. */
export async function inDuckdb<T>(
  path: string,
  { memoryLimit, ...options }: Readonly<Record<string, string>> & { readonly memoryLimit: string },
  deadline: Deadline,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(path, {
    ...options,
    threads: '2',
    memory_limit: memoryLimit,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  try {
    return await interruptible(connection, deadline, () => work(connection))
  } finally {
    // An open connection would keep the files, and their locks, until it is collected.
    connection.closeSync()
    instance.closeSync()
  }
}

/**
 * Opens DuckDB so that a statement can neither write the database nor reach another file or the network, and cannot
 * undo it. One instance a call: the directory that an extraction may write is fixed when the doors are shut.
 */
async function inSession<T>(
  options: SessionOptions,
  writable: string | null,
  deadline: Deadline,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const access = options.readOnly ? { access_mode: 'READ_ONLY' } : {}
  const settings = { ...access, memoryLimit: options.memoryLimit }
  return inDuckdb(options.path, settings, deadline, async (connection) => {
    const run = async (text: string): Promise<void> => void (await connection.run(text))
    await options.prepare?.(connection)
    if (writable !== null) await run(`set temp_directory = ${literal(join(writable, 'spill'))}`)
    const directories = writable === null ? '[]' : `[${literal(`${writable}/`)}]`
    await run(`set allowed_paths = [${options.readable.map(literal).join(', ')}]`)
    await run(`set allowed_directories = ${directories}`)
    await run('set enable_external_access = false')
    await run('set lock_configuration = true')
    return await work(connection)
  })
}

/** An interrupt between two statements is forgotten by DuckDB, so it is repeated until the work has ended. */
async function interruptible<T>(
  connection: DuckDBConnection,
  deadline: Deadline,
  work: () => Promise<T>,
): Promise<T> {
  let again: NodeJS.Timeout | undefined
  const interrupt = (): void => {
    connection.interrupt()
    again ??= setInterval(() => connection.interrupt(), 20)
  }
  deadline.signal.addEventListener('abort', interrupt, { once: true })
  try {
    const before = deadline.reason()
    if (before) throw before
    return await work()
  } catch (error) {
    throw deadline.reason() ?? error
  } finally {
    deadline.signal.removeEventListener('abort', interrupt)
    clearInterval(again)
  }
}

/**
 * Refuses all but one SELECT, and gives it a name. A view takes the statement as it stands, with comments and a final
 * semicolon, and cannot hold a second statement or a parameter.
 */
async function defineModel(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    if (/native callback/.test(messageOf(error))) throw notOneSelect('it is empty')
    throw sqlError(error, 'positioned')
  })
  if (statements.count !== 1) throw notOneSelect(`it has ${statements.count} statements`)
  const statement = await statements.prepare(0).catch((error: unknown) => {
    throw sqlError(error, 'positioned')
  })
  if (statement.statementType !== StatementType.SELECT) throw notOneSelect('it is another kind of statement')
  await connection.run(`create temp view muster_model as\n${sql}`).catch((error: unknown) => {
    throw sqlError(error, 'unpositioned')
  })
}

function notOneSelect(what: string) {
  return invalid('sql_error', `the SQL must be one SELECT statement, but ${what}`, {
    hint: 'A source is read-only: write one SELECT (WITH … SELECT is fine).',
  })
}

/** The operations of a source whose rows DuckDB reads. `check`, `browse` and lifetimes belong to the source itself. */
export interface DuckdbReader
  extends Pick<OpenSource, 'describe' | 'preview' | 'find' | 'extract' | 'selectText'> {
  copyOut: NonNullable<OpenSource['copyOut']>
  /** The tables and views of a database file. */
  catalog(signal: AbortSignal): Promise<Catalog>
}

export function duckdbReader(options: () => Promise<SessionOptions>): DuckdbReader {
  const looking = async <T>(
    signal: AbortSignal | undefined,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> => {
    const session = await options()
    return inSession(session, null, openDeadline(session.timeouts.look, signal), work)
  }
  const writing = async <T>(
    directory: string,
    signal: AbortSignal,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> => {
    const session = await options()
    const deadline = openDeadline(session.timeouts.extract, signal)
    return allOrNothing(directory, async () => {
      try {
        return await inSession(session, directory, deadline, work)
      } finally {
        await rm(join(directory, 'spill'), { recursive: true, force: true })
      }
    })
  }
  const withModel = <T>(sql: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    looking(undefined, async (connection) => {
      await defineModel(connection, sql)
      return await work(connection).catch(rethrowSql)
    })
  const allText = 'select columns(*)::varchar from muster_model'
  return {
    catalog: (signal) => looking(signal, readCatalog),
    describe: (sql) => withModel(sql, describeModel),
    preview: (sql, limit) =>
      withModel(sql, (connection) => textRows(connection, `${allText} limit $1`, [limit])),
    find: (sql, column, value) =>
      withModel(sql, (connection) =>
        textRows(connection, `${allText} where ${quoteName('duckdb', column)}::varchar = $1 limit 100`, [
          value,
        ]),
      ),
    extract: (sql, columns, directory, signal) =>
      writing(directory, signal, async (connection) => {
        await defineModel(connection, sql)
        return copyRows(connection, columns, directory).catch(rethrowSql)
      }),
    copyOut: (sql, columns, copy, directory, signal) =>
      writing(directory, signal, async (connection) => {
        await defineModel(connection, sql)
        return rowsCopied(connection, copy(`(select ${textList(columns)} from muster_model)`)).catch(
          rethrowSql,
        )
      }),
    selectText: (sql, columns) =>
      withModel(
        sql,
        async () => `select ${textList(columns)} from (${bodyOfStatement(sql, 'duckdb')}\n) as muster_model`,
      ),
  }
}

async function readCatalog(connection: DuckDBConnection): Promise<Catalog> {
  const reader = await connection.runAndReadAll(`
    with shown as (
      select schema_name, table_name, false as is_view from duckdb_tables()
      where not internal and database_name = current_database()
      union all
      select schema_name, view_name, true from duckdb_views()
      where not internal and database_name = current_database()
      order by all limit ${catalogLimit + 1})
    select schema_name, table_name, is_view, column_name, data_type
    from shown join duckdb_columns() using (schema_name, table_name)
    where database_name = current_database() order by schema_name, table_name, column_index`)
  return catalogOf(
    reader.getRowsJS().map(([schema, table, isView, column, type]) => ({
      schema: String(schema),
      table: String(table),
      isView: isView === true,
      column: String(column),
      type: String(type),
    })),
  )
}

async function describeModel(connection: DuckDBConnection): Promise<Column[]> {
  const reader = await connection.runAndReadAll('describe muster_model')
  return reader.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
}

async function textRows(
  connection: DuckDBConnection,
  sql: string,
  values: (string | number)[],
): Promise<Record<string, string | null>[]> {
  const reader = await connection.runAndReadAll(sql, values)
  const textOf = (value: unknown): string | null => (value === null ? null : String(value))
  return reader
    .getRowObjects()
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)])))
}

/** The rows go from table to file inside the database; none becomes a JavaScript value. */
async function copyRows(
  connection: DuckDBConnection,
  columns: readonly string[],
  directory: string,
): Promise<RowFiles> {
  const path = join(directory, 'rows.parquet')
  const rows = await rowsCopied(
    connection,
    `copy (select ${textList(columns)} from muster_model) to ${literal(path)} (format parquet, compression snappy)`,
  )
  return { format: 'parquet', paths: [path], rows }
}

async function rowsCopied(connection: DuckDBConnection, copy: string): Promise<number> {
  const reader = await connection.runAndReadAll(copy)
  return Number(reader.getRows()[0]?.[0] ?? 0)
}

function textList(columns: readonly string[]): string {
  return columns
    .map((name) => quoteName('duckdb', name))
    .map((name) => `${name}::varchar as ${name}`)
    .join(', ')
}

function rethrowSql(error: unknown): never {
  throw sqlError(error, 'unpositioned')
}
