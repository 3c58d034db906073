import { randomBytes } from 'node:crypto'
import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'
import pg from 'pg'
import { type Deadline, openDeadline } from '../deadline.ts'
import { guardedSocket, tlsOptionsOf } from '../host.ts'
import type { ReadConfig as Config } from './config.ts'
import { connectError, readError, type Statement } from './error.ts'

/** A read-only transaction with one point of view, on a connection of its own. */
export interface Session {
  readonly client: pg.Client
  readonly deadline: Deadline
  /** Rows as arrays of text. Only one statement: the server refuses a second one. */
  rows(
    sql: string,
    values?: readonly string[],
    statement?: Statement,
  ): Promise<pg.QueryArrayResult<unknown[]>>
}

const connectMs = 10_000
/** How long a server may take to drop a statement; one that is gone would keep the reader waiting. */
const cancelMs = 2_000

/**
 * Connects, does the work in a read-only transaction and disconnects. PostgreSQL itself refuses whatever writes, in
 * functions too, and a transaction that is read-only cannot be made otherwise from within. An ended deadline cancels
 * the statement at the server.
 */
export async function inSession<T>(
  config: Config,
  options: {
    readonly timeoutMs: number
    readonly signal?: AbortSignal | undefined
    /** Absent: the transaction is read-only. */
    readonly writes?: boolean
  },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const deadline = openDeadline(options.timeoutMs, options.signal)
  const before = deadline.reason()
  if (before) throw before
  const client = newClient(config)
  try {
    await connect(client, config)
    const rows: Session['rows'] = async (sql, values = [], statement) => {
      try {
        return await client.query<unknown[]>(extended(sql, values))
      } catch (error) {
        throw readError(error, deadline, statement)
      }
    }
    return await cancelled(config, { client, deadline }, async (at) => {
      await begin(client, options)
      const [[pid] = []] = (await rows('select pg_backend_pid()::text')).rows
      at.pid = String(pid)
      return work({ client, deadline, rows })
    })
  } catch (error) {
    throw readError(error, deadline)
  } finally {
    await disconnect(client)
  }
}

/** Text that depends on a setting is the same everywhere: ISO dates in UTC, every digit of a float. */
async function begin(
  client: pg.Client,
  { timeoutMs, writes = false }: { readonly timeoutMs: number; readonly writes?: boolean },
): Promise<void> {
  await client.query(
    `begin transaction isolation level repeatable read ${writes ? 'read write' : 'read only'}`,
  )
  await client.query(`set statement_timeout = ${timeoutMs}`)
  await client.query('set timezone = utc')
  await client.query('set datestyle = iso')
}

/** One statement by the extended protocol, in which a text cannot hold two. */
function extended(text: string, values: readonly string[]): pg.QueryArrayConfig {
  const query = { text, values: [...values], rowMode: 'array' as const, queryMode: 'extended' }
  return query
}

function newClient(config: Config): pg.Client {
  const { host, port, database, user, password } = config
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ssl: tlsOptionsOf(config) ?? false,
    connectionTimeoutMillis: connectMs,
    application_name: 'muster',
    keepAlive: true,
    stream: guardedSocket,
  })
  // A connection that breaks fails the statement under way; without a listener it would end the process.
  client.on('error', () => {})
  return client
}

async function connect(client: pg.Client, config: Config): Promise<void> {
  await client.connect().catch((error: unknown) => {
    throw connectError(error, config)
  })
}

/** Closes the socket whatever the server does; an open transaction ends with it. */
async function disconnect(client: pg.Client): Promise<void> {
  const closing = client.end().catch(() => {})
  const late = setTimeout(() => client.connection.stream.destroy(), 1_000)
  await closing
  clearTimeout(late)
}

/**
 * Does the work, and where the deadline ends first has the server drop the statement, once the work has said which process
 * of the server it speaks to; then it drops the connection.
 */
async function cancelled<T>(
  config: Config,
  on: { readonly client: pg.Client; readonly deadline: Deadline },
  work: (at: { pid: string | null }) => Promise<T>,
): Promise<T> {
  const { client, deadline } = on
  const at: { pid: string | null } = { pid: null }
  let cancelling: Promise<void> = Promise.resolve()
  const cancel = (): void => {
    const asking = at.pid === null ? Promise.resolve() : cancelAt(config, at.pid)
    cancelling = asking.finally(() => client.connection.stream.destroy())
  }
  deadline.signal.addEventListener('abort', cancel, { once: true })
  try {
    const ended = deadline.reason()
    if (ended) throw ended
    return await work(at)
  } finally {
    deadline.signal.removeEventListener('abort', cancel)
    await cancelling
  }
}

/** As far as it can be done: a server that does not answer has its own statement timeout. */
async function cancelAt(config: Config, pid: string): Promise<void> {
  const other = newClient(config)
  const late = setTimeout(() => other.connection.stream.destroy(), cancelMs)
  try {
    await other.connect()
    await other.query(extended('select pg_cancel_backend($1::int)', [pid]))
  } catch {
    // The caller's error is the deadline's.
  } finally {
    clearTimeout(late)
    await disconnect(other)
  }
}

/** The user's statement, proven to be one, as an item for FROM. */
export interface Model {
  readonly statement: Statement
  /** `(…) as muster_model`, to stand at the end of a SELECT list's FROM. */
  readonly from: string
}

/**
 * Proves that the text is one statement and that it makes sense, as it was given, so that an error's place is right.
 * PREPARE takes one statement with or without a semicolon; it is not run.
 */
export async function proveStatement(session: Session, sql: string): Promise<Model> {
  const body = bodyOfStatement(sql, 'postgres')
  const name = `muster_${randomBytes(8).toString('hex')}`
  const prepare = `prepare ${name} as `
  const statement = { sql, before: prepare.length }
  await session.rows(`${prepare}${sql}`, [], statement)
  // Behind a connection pooler it would stay for the next one.
  await session.rows(`deallocate ${name}`)
  return { statement, from: `(${body}\n) as muster_model` }
}
