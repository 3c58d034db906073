import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { invalid, messageOf } from '@muster/core/lib/error.ts'
import type { Column, OpenSource, RowFiles } from '@muster/core/sync/source.ts'
import { sqlError } from './duckdb-error.ts'

/** How the sources that read by DuckDB (`duckdb`, `csv`) open it. */
export interface SessionOptions {
  /** A database file, or `:memory:`. */
  readonly path: string
  readonly readOnly: boolean
  /** Run first, before the doors are shut: where a source makes its tables known. */
  readonly prepare?: (run: (sql: string) => Promise<void>) => Promise<void>
  /** The only files that statements may read beside the database itself. */
  readonly readable: readonly string[]
}

/** Takes text; returns it as an SQL string literal, for the places where DuckDB takes no bound value. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Opens DuckDB so that a statement can neither write the database nor reach another file or the network, and cannot
 * undo it. One instance a call: the directory that an extraction may write is fixed when the doors are shut.
 */
async function inSession<T>(
  options: SessionOptions,
  writable: string | null,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(options.path, {
    ...(options.readOnly ? { access_mode: 'READ_ONLY' } : {}),
    threads: '2',
    memory_limit: '256MB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  try {
    const connection = await instance.connect()
    const run = async (text: string): Promise<void> => void (await connection.run(text))
    await options.prepare?.(run)
    if (writable !== null) await run(`set temp_directory = ${literal(join(writable, 'spill'))}`)
    const directories = writable === null ? '[]' : `[${literal(`${writable}/`)}]`
    await run(`set allowed_paths = [${options.readable.map(literal).join(', ')}]`)
    await run(`set allowed_directories = ${directories}`)
    await run('set enable_external_access = false')
    await run('set lock_configuration = true')
    return await work(connection)
  } finally {
    instance.closeSync()
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

/** The operations of a source whose rows DuckDB reads. `check` and lifetimes belong to the source itself. */
export function duckdbReader(
  options: () => Promise<SessionOptions>,
): Pick<OpenSource, 'describe' | 'preview' | 'find' | 'extract'> {
  const withModel = async <T>(sql: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    inSession(await options(), null, async (connection) => {
      await defineModel(connection, sql)
      return await work(connection).catch(rethrowSql)
    })
  const allText = 'select columns(*)::varchar from muster_model'
  return {
    describe: (sql) => withModel(sql, describeModel),
    preview: (sql, limit) =>
      withModel(sql, (connection) => textRows(connection, `${allText} limit $1`, [limit])),
    find: (sql, column, value) =>
      withModel(sql, (connection) =>
        textRows(connection, `${allText} where ${quoted(column)}::varchar = $1 limit 100`, [value]),
      ),
    extract: async (sql, columns, directory, signal) => {
      try {
        return await inSession(await options(), directory, async (connection) => {
          await defineModel(connection, sql)
          return await copyRows(connection, { columns, directory, signal }).catch(rethrowSql)
        })
      } catch (error) {
        await removeWithin(directory)
        throw error
      } finally {
        await rm(join(directory, 'spill'), { recursive: true, force: true })
      }
    },
  }
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
  job: { readonly columns: readonly string[]; readonly directory: string; readonly signal: AbortSignal },
): Promise<RowFiles> {
  const path = join(job.directory, 'rows.parquet')
  const list = job.columns.map((name) => `${quoted(name)}::varchar as ${quoted(name)}`).join(', ')
  const interrupt = (): void => connection.interrupt()
  job.signal.addEventListener('abort', interrupt, { once: true })
  try {
    job.signal.throwIfAborted()
    await connection.run('set preserve_insertion_order = false').catch(() => {})
    const reader = await connection.runAndReadAll(
      `copy (select ${list} from muster_model) to ${literal(path)} (format parquet, compression snappy)`,
    )
    return { format: 'parquet', paths: [path], rows: Number(reader.getRows()[0]?.[0] ?? 0) }
  } finally {
    job.signal.removeEventListener('abort', interrupt)
  }
}

async function removeWithin(directory: string): Promise<void> {
  const names = await readdir(directory)
  await Promise.all(names.map((name) => rm(join(directory, name), { recursive: true, force: true })))
}

function rethrowSql(error: unknown): never {
  throw sqlError(error, 'unpositioned')
}
