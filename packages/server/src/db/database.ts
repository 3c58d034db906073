import { conflict, invalid, MusterError, messageOf, transient } from '@muster/core/lib/error.ts'
import pg from 'pg'
import { compile, type Sql } from './sql.ts'

/** What runs one statement: the pool, or a transaction. */
export interface Queryable {
  /** The rows of one statement. The caller states their shape; the statement beside it is the proof. */
  rows<Row extends object>(query: Sql, options?: QueryOptions): Promise<Row[]>
}

export interface QueryOptions {
  /** Prepares the statement once a connection, under this name; for the few that run thousands of times. */
  readonly prepared?: string
}

export interface Database extends Queryable {
  /** Runs the work in one transaction; a throw rolls it back. Inside, use only the given `tx`. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly url: string
  /** The role whose rights every statement has; absent: the URL's own. */
  readonly role?: string
  readonly connections?: number
  /**
   * A statement that has no answer after so many ms is given up, and its connection with it: the other end may be gone without
   * a word. Absent: waits as long as it takes.
   */
  readonly answerMs?: number
}

const int8 = 20
const timestamptz = 1184

/** `int8` as a number (ids and counts stay below 2^53) and `timestamptz` as an Instant in ms. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === int8) return Number
    if (oid === timestamptz) return (text: string) => Date.parse(`${text.replace(' ', 'T')}:00`)
    return pg.types.getTypeParser(oid, format ?? 'text')
  },
}

/** Opens a pool. Nothing connects before the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const settings = ['-c timezone=UTC', ...(options.role ? [`-c role=${options.role}`] : [])]
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    keepAlive: true,
    ...(options.answerMs === undefined
      ? {}
      : { query_timeout: options.answerMs, connectionTimeoutMillis: options.answerMs }),
    options: settings.join(' '),
    application_name: `muster${options.role ? ` ${options.role}` : ''}`,
    types,
  })
  // An idle connection that breaks is replaced at the next statement; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    rows: (query, queryOptions) => run(pool, query, queryOptions),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  }
}

async function transaction<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(rethrow)
  let broken = false
  // A connection that breaks fails the next statement; between two, without a listener, it would end the process.
  const onBroken = (): void => {
    broken = true
  }
  client.on('error', onBroken)
  try {
    await client.query('begin')
    const result = await work({ rows: (query, options) => run(client, query, options) })
    await client.query('commit').catch(rethrow)
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.off('error', onBroken)
    client.release(broken)
  }
}

async function run<Row extends object>(
  on: pg.Pool | pg.PoolClient,
  query: Sql,
  options: QueryOptions = {},
): Promise<Row[]> {
  const { text, values } = compile(query)
  const config = options.prepared === undefined ? { text, values } : { text, values, name: options.prepared }
  try {
    const result = await on.query<Row>(config)
    return result.rows
  } catch (error) {
    return rethrow(error)
  }
}

/** The SQLSTATE of an error from PostgreSQL, or null. */
export function sqlState(error: unknown): string | null {
  const cause = error instanceof MusterError ? error.cause : error
  return cause instanceof pg.DatabaseError ? (cause.code ?? null) : null
}

/** NUL in a text, or half a character in `jsonb`. */
const unstorable = new Set(['22021', '22P05'])

/** What a row names is gone, or what is to go is named by a row. */
const foreignKey = '23503'

const retryable = new Set(['40001', '40P01', '55P03', '57P01', '57P02', '57P03', '53300'])

/** As Node and pg say it, some of a connection that broke before the statement. */
const unreachable =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|terminated|timeout|not queryable/i

/** Unknown database, unknown user, wrong password. */
const wrongAddress = new Set(['3D000', '28000', '28P01'])

/** Names what may be tried again; everything else is passed on as it is. */
function rethrow(error: unknown): never {
  const state = sqlState(error)
  if (state === '55P03') throw conflict('locked', 'another writer holds the lock', { cause: error })
  if (state !== null && unstorable.has(state)) {
    throw invalid('bad_text', 'a text holds a character that cannot be stored', {
      hint: 'Leave out NUL characters and broken Unicode.',
      cause: error,
    })
  }
  if (state !== null && wrongAddress.has(state)) {
    throw invalid('database_url', `the database refuses the connection: ${messageOf(error)}`, {
      hint: 'Check user, password and database name in MUSTER_DATABASE_URL.',
      cause: error,
    })
  }
  if (state === foreignKey) {
    throw conflict('changed_meanwhile', 'something that this names, or that names this, has changed', {
      hint: 'Look again, then try again.',
      cause: error,
    })
  }
  if (state !== null && retryable.has(state)) {
    throw transient('database_busy', 'the database asks to try again', { cause: error })
  }
  if (state === null && error instanceof Error && unreachable.test(error.message)) {
    throw transient('database_unreachable', `the database cannot be reached: ${messageOf(error)}`, {
      hint: 'Check MUSTER_DATABASE_URL and that PostgreSQL is running.',
      cause: error,
    })
  }
  throw error
}
