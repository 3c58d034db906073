import { mkdir } from 'node:fs/promises'
import { denied, MusterError } from '@muster/core/lib/error.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import type { WarehouseOptions, WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { rowsOfFiles } from '../csv-rows.ts'
import { openDeadline } from '../deadline.ts'
import { passingTables } from '../passing-tables.ts'
import { writeRowFile } from '../row-file.ts'
import { type Query, withDeadline } from '../warehouse-reader.ts'
import type { Config } from './index.ts'
import type { Session } from './session.ts'

/**
 * Works in the database `engine_schema`, which must be there or may be made by the user. ClickHouse has no transactions: the
 * model is read once, and a second time only where it has duplicate rows and somebody has left.
 */
export function inClickhouseWarehouse<T>(
  config: Config,
  session: Session,
  { signal }: WarehouseOptions,
  work: (session: WarehouseSession) => Promise<T>,
): Promise<T> {
  const { engine_schema: schema, user } = config
  const named = (name: string): string =>
    `${quoteName('clickhouse', schema)}.${quoteName('clickhouse', name)}`
  return withDeadline(session, openDeadline(session.timeouts.extract, signal), async (deadline) => {
    const run = (sql: string): Promise<void> => session.write(sql, deadline)
    const rowsOf = async (query: Query): Promise<string[]> => {
      const found: string[] = []
      for await (const chunk of session.rows(query, deadline))
        found.push(...chunk.map(([name]) => name ?? ''))
      return found
    }
    await run(`create database if not exists ${quoteName('clickhouse', schema)}`).catch((error: unknown) => {
      if (error instanceof MusterError && error.kind !== 'invalid') throw error
      throw denied('engine_not_granted', `the user ${user} may not make tables in the database ${schema}`, {
        hint: `Have an administrator run: create database if not exists ${schema}; grant all on ${schema}.* to ${user};`,
        cause: error,
      })
    })
    const passing = passingTables(named, run)
    const warehouse: WarehouseSession = {
      stays: named,
      passes: passing.passes,
      tables: (prefix) =>
        rowsOf({
          sql: `select name from system.tables where database = '${schema}' and startsWith(name, ${session.placeholder})`,
          value: prefix,
        }),
      run,
      filled: async () => {},
      load: async (table: string, files: RowFiles) => {
        for await (const rows of rowsOfFiles(files)) {
          const values = rows.map(
            (row) => `(${row.map((value) => (value === null ? 'null' : literal(value))).join(', ')})`,
          )
          await run(`insert into ${table} values ${values.join(', ')}`)
        }
      },
      settle: async () => {},
      extract: async (sql, columns, directory) => {
        await mkdir(directory, { recursive: true })
        const list = columns.map((name) => `toString(${name}) as ${name}`).join(', ')
        const rows = session.rows({ sql: `select ${list} from (${sql}) as text_row` }, deadline)
        return writeRowFile({ directory, columns, signal: deadline.signal }, rows)
      },
    }
    try {
      return await work(warehouse)
    } finally {
      await passing.drop()
    }
  })
}

function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}
