import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { denied } from '@muster/core/lib/error.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import type { Timeouts } from '../deadline.ts'
import type { Config } from './config.ts'
import { copyRows } from './read.ts'
import { inSession, type Session } from './session.ts'

/**
 * Works in the schema `engine_schema`, which must be there or may be made by the role. The model is read in a transaction
 * that is read-only: PostgreSQL still lets it fill temporary tables.
 */
export function inPostgresWarehouse<T>(
  config: Config,
  { timeouts, signal }: { readonly timeouts: Timeouts; readonly signal: AbortSignal },
  work: (session: WarehouseSession) => Promise<T>,
): Promise<T> {
  return inSession(config, { timeoutMs: timeouts.extract, signal, writes: true }, async (session) => {
    await prepareSchema(session, config)
    // Hashing 10 M members needs it; measured by bench plan-warehouse: 64 MB instead of 4 takes two thirds of the time.
    await session.rows(`set work_mem = '64MB'`)
    await session.rows(`set hash_mem_multiplier = 4`)
    await session.rows(`set temp_buffers = '64MB'`)
    return work(warehouseOf(session, config, timeouts))
  })
}

function warehouseOf(
  session: Session,
  { engine_schema: schema }: Config,
  timeouts: Timeouts,
): WarehouseSession {
  const quoted = quoteName('postgres', schema)
  const run = async (sql: string): Promise<void> => void (await session.rows(sql))
  return {
    stays: (name) => `${quoted}.${quoteName('postgres', name)}`,
    passes: (name) => quoteName('postgres', name),
    tables: async (prefix) =>
      (
        await session.rows(
          `select tablename::text from pg_tables where schemaname = $1 and starts_with(tablename::text, $2)`,
          [schema, prefix],
        )
      ).rows.map(([name]) => String(name)),
    run,
    // Without it the rows of a plan that lost an identifier were joined in a nested loop: 4.2 s of 6.6 for 1 M members.
    filled: (table) => run(`analyze ${table}`),
    load: async (table, rows) => {
      for (const path of rows.paths) {
        const into = session.client.query(
          copyStreams.from(`copy ${table} from stdin with (format csv, null '\\N', encoding 'UTF8')`),
        )
        await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), into, {
          signal: session.deadline.signal,
        })
      }
      // A few rows change no plan, and a table that grows for years is not sampled for each of them.
      if (rows.rows >= 1_000) await run(`analyze ${table}`)
    },
    settle: async () => {
      await run('commit')
      await run('begin transaction isolation level repeatable read read only')
      await run(`set statement_timeout = ${timeouts.extract}`)
    },
    extract: (sql, columns, directory) =>
      copyRows(session, `select * from (${sql}) as text_row`, { file: join(directory, 'rows.csv'), columns }),
  }
}

async function prepareSchema(session: Session, { engine_schema: schema, user }: Config): Promise<void> {
  const { rows } = await session.rows(
    `select has_schema_privilege(oid, 'CREATE, USAGE')::text from pg_namespace where nspname = $1`,
    [schema],
  )
  if (rows[0]?.[0] === 'true') return
  const made =
    rows.length === 0
      ? await session.rows(`create schema ${quoteName('postgres', schema)}`).catch(asRefusal)
      : 'refused'
  if (made !== 'refused') return
  const role = quoteName('postgres', user)
  throw denied('engine_not_granted', `the role ${user} may not make tables in the schema ${schema}`, {
    hint: `Have an administrator run: create schema if not exists ${quoteName('postgres', schema)}; grant usage, create on schema ${quoteName('postgres', schema)} to ${role};`,
  })
}

function asRefusal(error: unknown): 'refused' {
  const cause = error instanceof Error ? error : new Error(String(error))
  if (cause instanceof pg.DatabaseError || /permission denied/.test(cause.message)) return 'refused'
  throw error
}
