import type { Readable } from 'node:stream'
import { invalid } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { loadDriver } from '../driver.ts'

/** The few functions of mysql2 that are called; it is an optional peer, so its own types may not be there. */
export interface MysqlDriver {
  createConnection(options: Readonly<Record<string, unknown>>): MysqlConnection
  /** The names of column types by their number in the protocol. */
  readonly Types: Readonly<Record<string, unknown>>
}

type Done<T> = (error: unknown, result: T, fields?: readonly MysqlField[]) => void

export interface MysqlField {
  readonly name: string
  readonly columnType: number
}

interface Query {
  readonly sql: string
  readonly rowsAsArray: true
}

export interface MysqlConnection {
  readonly threadId: number
  connect(done: (error: unknown) => void): void
  query(query: Query): { stream(options: { readonly highWaterMark: number }): Readable }
  query(query: Query, done: Done<unknown>): void
  /** By the binary protocol: values are bound by the server. */
  execute(query: Query, values: readonly (string | null)[], done: Done<unknown>): void
  prepare(sql: string, done: (error: unknown, statement: { close(): void }) => void): void
  on(event: 'error', listener: (error: unknown) => void): void
  destroy(): void
}

/** Loads mysql2, which is a CommonJS module: what it exports may lie under `default`. */
export async function loadMysql(): Promise<MysqlDriver> {
  const module = await loadDriver('mysql2')
  const driver = [module, module.default].find(isDriver)
  if (driver) return driver
  throw invalid('no_driver', 'the installed mysql2 is not one that Muster knows', {
    hint: 'Run npm install mysql2@3 in the directory that Muster is started from.',
  })
}

function isDriver(value: unknown): value is MysqlDriver {
  const holds = isObject(value) || typeof value === 'function'
  if (!holds) return false
  const { createConnection, Types } = value as Partial<MysqlDriver>
  return typeof createConnection === 'function' && isObject(Types)
}
