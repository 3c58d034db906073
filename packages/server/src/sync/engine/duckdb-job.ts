import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { diskError } from '../disk-error.ts'

/** One DuckDB for one job over files, with bounded memory; what does not fit spills beside the job's files. */
export interface Job {
  run(sql: string, values?: readonly DuckDBValue[]): Promise<void>
  /** Columns of few, small rows, each row by column name. The caller states their shape. */
  rows<Row extends object>(sql: string, values?: readonly DuckDBValue[]): Promise<Row[]>
}

export interface JobOptions {
  /** An existing directory for what spills. */
  readonly directory: string
  readonly signal: AbortSignal
  /** What DuckDB may hold before it spills, in MB. */
  readonly memoryMb?: number
}

/** Measured: a bucket of 1 M members is compared in it without spilling (core/sync/bucket.ts). */
export const defaultMemoryMb = 192

/** Opens DuckDB, does the work and closes it; an aborted signal interrupts the statement under way. */
export async function inJob<T>(options: JobOptions, work: (job: Job) => Promise<T>): Promise<T> {
  const spill = join(options.directory, `spill-${randomUUID()}`)
  await mkdir(spill, { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${options.memoryMb ?? defaultMemoryMb}MB`,
    temp_directory: spill,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  try {
    return await interruptible(connection, options.signal, work)
  } finally {
    // An open connection keeps its memory until it happens to be collected.
    connection.closeSync()
    instance.closeSync()
    await rm(spill, { recursive: true, force: true })
  }
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: (job: Job) => Promise<T>,
): Promise<T> {
  const interrupt = (): void => connection.interrupt()
  signal.addEventListener('abort', interrupt)
  const guarded = async <R>(statement: () => Promise<R>): Promise<R> => {
    signal.throwIfAborted()
    return await statement().catch((error: unknown) => {
      signal.throwIfAborted()
      throw diskError(error) ?? error
    })
  }
  try {
    return await work({
      run: (sql, values = []) => guarded(async () => void (await connection.run(sql, [...values]))),
      rows: <Row extends object>(sql: string, values: readonly DuckDBValue[] = []) =>
        guarded(async () => {
          const reader = await connection.runAndReadAll(sql, [...values])
          return reader.getRowObjectsJS() as unknown as Row[]
        }),
    })
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}

/** A path or name as an SQL string literal, for the places where DuckDB takes no bound value. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * The driver takes a byte-order mark at the beginning of a text for none of it, and with it an identifier would become another.
 * Texts that must come whole are asked for as `marked` and taken as `unmarked`.
 */
export function marked(column: string): string {
  return `'=' || ${column} as ${column}`
}

export function unmarked(text: string): string {
  return text.slice(1)
}

/** A column name as an SQL identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `read_parquet` over the files; none give an empty relation of the given shape. */
export function parquet(paths: readonly string[], emptyShape: string): string {
  if (paths.length === 0) return `(select ${emptyShape} where false)`
  return `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`
}
