import { denied } from '@muster/core/lib/error.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { rowsOfFiles } from '../csv-rows.ts'
import type { Timeouts } from '../deadline.ts'
import { passingTables } from '../passing-tables.ts'
import type { Config } from './config.ts'
import { writeRows } from './read.ts'
import { inSession, type Session } from './session.ts'

/**
 * Works in the database `engine_schema`, which must be there or may be made by the account. MySQL gives no transaction that
 * reads one state and writes elsewhere only: give the account no right to write but in that database.
 */
export function inMysqlWarehouse<T>(
  config: Config,
  { timeouts, signal }: { readonly timeouts: Timeouts; readonly signal: AbortSignal },
  work: (session: WarehouseSession) => Promise<T>,
): Promise<T> {
  return inSession(config, { timeoutMs: timeouts.extract, signal, writes: true }, async (session) => {
    await prepareDatabase(session, config)
    const { engine_schema: schema } = config
    const named = (name: string): string => `${quoteName('mysql', schema)}.${quoteName('mysql', name)}`
    const run = async (sql: string): Promise<void> => void (await session.rows(sql))
    const passing = passingTables(named, run)
    try {
      return await work({ ...warehouseOf(session, schema, { run, named }), passes: passing.passes })
    } finally {
      await passing.drop()
    }
  })
}

function warehouseOf(
  session: Session,
  schema: string,
  { run, named }: { readonly run: WarehouseSession['run']; readonly named: (name: string) => string },
): Omit<WarehouseSession, 'passes'> {
  return {
    stays: named,
    tables: async (prefix) =>
      (
        await session.rows(
          `select table_name from information_schema.tables where table_schema = ? and left(table_name, ?) = ?`,
          [schema, String(prefix.length), prefix],
        )
      ).rows.map(([name]) => String(name)),
    run,
    // ANALYZE TABLE would end the transaction.
    filled: async () => {},
    load: async (table, files) => {
      for await (const rows of rowsOfFiles(files)) {
        const marks = rows.map((row) => `(${row.map(() => '?').join(', ')})`).join(', ')
        await session.rows(`insert into ${table} values ${marks}`, rows.flat())
      }
    },
    settle: async () => {
      await run('commit')
      await run('start transaction with consistent snapshot')
    },
    extract: (sql, columns, directory) => writeRows(session, sql, { directory, columns }),
  }
}

async function prepareDatabase(session: Session, { engine_schema: schema, user }: Config): Promise<void> {
  const name = quoteName('mysql', schema)
  const there = (
    await session.rows('select schema_name from information_schema.schemata where schema_name = ?', [schema])
  ).rows
  if (there.length > 0) return
  await session.rows(`create database ${name}`).catch((error: unknown) => {
    throw denied('engine_not_granted', `the account ${user} may not make tables in the database ${schema}`, {
      hint: `Have an administrator run: create database if not exists ${name}; grant all on ${name}.* to '${user}';`,
      cause: error,
    })
  })
}
