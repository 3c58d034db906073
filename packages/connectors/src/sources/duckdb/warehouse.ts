import { basename, extname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { messageOf, transient } from '@muster/core/lib/error.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { WarehouseOptions, WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { type Deadline, openDeadline } from '../deadline.ts'
import { sqlError } from '../duckdb-error.ts'
import { inDuckdb, literal } from '../duckdb-session.ts'

interface Files {
  readonly path: string
  readonly enginePath: string
  readonly timeoutMs: number
  readonly memoryLimit: string
}

/** The user's file is attached read-only; the tables of ours that stay are in a file of their own. */
export async function inDuckdbWarehouse<T>(
  { path, enginePath, timeoutMs, memoryLimit }: Files,
  { signal, directory }: WarehouseOptions,
  work: (session: WarehouseSession) => Promise<T>,
): Promise<T> {
  const deadline = openDeadline(timeoutMs, signal)
  return inTurn(enginePath, deadline, async () => {
    const settings = { memoryLimit, temp_directory: join(directory, 'warehouse-spill') }
    return inDuckdb(':memory:', settings, deadline, async (connection) => {
      // As DuckDB names a file that is opened: models may say it.
      const name = quoteName('duckdb', basename(path, extname(path)))
      await connection.run(`attach ${literal(path)} as ${name} (read_only)`)
      await attachOurs(connection, enginePath)
      await connection.run(`use ${name}`)
      await connection.run(`set allowed_directories = [${literal(`${directory}/`)}]`)
      await connection.run('set enable_external_access = false')
      await connection.run('set lock_configuration = true')
      await connection.run('begin transaction')
      return await work(sessionOn(connection))
    })
  })
}

/** The sessions of this process that wait for a file of ours, by its path. */
const turns = new Map<string, Promise<unknown>>()

/**
 * One session at a time writes a file: DuckDB guards it against other processes, but two that open it within one lose each
 * other's tables.
 */
async function inTurn<T>(path: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
  const before = turns.get(path)
  const mine = (async () => {
    await before?.catch(() => {})
    const ended = deadline.reason()
    if (ended) throw ended
    return await work()
  })()
  turns.set(path, mine)
  try {
    return await mine
  } finally {
    if (turns.get(path) === mine) turns.delete(path)
  }
}

async function attachOurs(connection: DuckDBConnection, enginePath: string): Promise<void> {
  await connection.run(`attach ${literal(enginePath)} as muster_engine`).catch((error: unknown) => {
    const text = messageOf(error)
    if (!/lock on file/i.test(text)) throw error
    const holder = /PID (\d+)/.exec(text)?.[1]
    throw transient(
      'engine_file_held',
      `another process${holder ? ` (${holder})` : ''} has ${enginePath} open`,
      { hint: 'DuckDB lets one process write at a time: close it there, or try again.', cause: error },
    )
  })
}

function sessionOn(connection: DuckDBConnection): WarehouseSession {
  const run = async (sql: string): Promise<void> => {
    await connection.run(sql).catch((error: unknown) => {
      throw sqlError(error, 'unpositioned')
    })
  }
  return {
    stays: (name) => `muster_engine.main.${quoteName('duckdb', name)}`,
    passes: (name) => `temp.main.${quoteName('duckdb', name)}`,
    tables: async (prefix) => {
      const reader = await connection.runAndReadAll(
        `select table_name from duckdb_tables() where database_name = 'muster_engine' and starts_with(table_name, $1)`,
        [prefix],
      )
      return reader.getRowsJS().map(([name]) => String(name))
    },
    run,
    filled: async () => {},
    load: (table, rows) => run(`insert into ${table} from ${rowFilesSql(rows)}`),
    // A transaction writes to one attached database alone.
    settle: () => run('commit'),
    extract: async (sql, columns, directory) => {
      const path = join(directory, 'rows.parquet')
      const list = columns
        .map((name) => quoteName('duckdb', name))
        .map((name) => `${name}::varchar as ${name}`)
      const reader = await connection.runAndReadAll(
        `copy (select ${list.join(', ')} from (${sql})) to ${literal(path)} (format parquet, compression snappy)`,
      )
      return { format: 'parquet', paths: [path], rows: Number(reader.getRows()[0]?.[0] ?? 0) }
    },
  }
}
