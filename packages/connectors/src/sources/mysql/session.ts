import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'
import { type Deadline, openDeadline } from '../deadline.ts'
import { guardedSocket, tlsOptionsOf } from '../host.ts'
import type { Config } from './config.ts'
import { loadMysql, type MysqlConnection, type MysqlDriver, type MysqlField } from './driver.ts'
import { connectError, readError } from './error.ts'

/** A read-only transaction with one point of view, on a connection of its own. */
export interface Session {
  readonly deadline: Deadline
  /** Aborted when the deadline ends or the connection breaks. */
  readonly signal: AbortSignal
  /** Rows as arrays. Only one statement: the connection takes no second one. */
  rows(sql: string, values?: readonly (string | null)[]): Promise<Answer>
  /** Rows as they come, only as fast as they are taken. */
  stream(sql: string): AsyncIterable<unknown>
  /** Proves the text to be one statement that makes sense; it is not run. Returns it as an item for FROM. */
  prove(sql: string): Promise<string>
  typeName(field: MysqlField): string
}

export interface Answer {
  readonly rows: readonly (readonly unknown[])[]
  readonly fields: readonly MysqlField[]
}

const connectMs = 10_000

/**
 * Connects, does the work in a read-only transaction and disconnects. The server itself refuses whatever writes, in
 * functions too. An ended deadline kills the statement at the server.
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
  const driver = await loadMysql()
  const deadline = openDeadline(options.timeoutMs, options.signal)
  const { connection, closed } = newConnection(driver, config)
  let killing: Promise<void> = Promise.resolve()
  const kill = (): void => {
    killing = killAt(driver, config, connection.threadId).finally(() => connection.destroy())
  }
  try {
    await connect(connection, config)
    deadline.signal.addEventListener('abort', kill, { once: true })
    const ended = deadline.reason()
    if (ended) throw ended
    const signal = AbortSignal.any([deadline.signal, closed])
    const session = sessionOn(driver, connection, { deadline, signal })
    await begin(session, options)
    return await work(session)
  } catch (error) {
    throw readError(error, deadline)
  } finally {
    deadline.signal.removeEventListener('abort', kill)
    await killing
    connection.destroy()
  }
}

function sessionOn(
  driver: MysqlDriver,
  connection: MysqlConnection,
  { deadline, signal }: Pick<Session, 'deadline' | 'signal'>,
): Session {
  const rows: Session['rows'] = (sql, values) =>
    new Promise((resolve, reject) => {
      // The driver forgets the statement under way when its connection is taken down.
      signal.addEventListener('abort', () => reject(readError(signal.reason, deadline)), { once: true })
      const done = (error: unknown, result: unknown, fields: readonly MysqlField[] = []): void => {
        if (error) reject(readError(error, deadline))
        else resolve({ rows: Array.isArray(result) ? result.filter(Array.isArray) : [], fields })
      }
      const query = { sql, rowsAsArray: true } as const
      if (values) connection.execute(query, values, done)
      else connection.query(query, done)
    })
  return {
    deadline,
    signal,
    rows,
    stream: (sql) => {
      const rows = connection.query({ sql, rowsAsArray: true }).stream({ highWaterMark: 2_000 })
      const end = (): void => void rows.destroy(readError(signal.reason, deadline))
      signal.addEventListener('abort', end, { once: true })
      return rows
    },
    prove: async (sql) => {
      const body = bodyOfStatement(sql, 'mysql')
      await new Promise<void>((resolve, reject) => {
        connection.prepare(sql, (error, statement) => {
          if (error) return reject(readError(error, deadline))
          statement.close()
          resolve()
        })
      })
      return `(${body}\n) as muster_model`
    },
    typeName: ({ columnType }) => String(driver.Types[columnType] ?? `TYPE ${columnType}`),
  }
}

/** The two servers name their timeout differently, and count it in milliseconds and in seconds. */
async function begin(
  { rows }: Session,
  { timeoutMs, writes = false }: { readonly timeoutMs: number; readonly writes?: boolean },
): Promise<void> {
  const [[version] = []] = (await rows('select version()')).rows
  await rows(
    /mariadb/i.test(String(version))
      ? `set session max_statement_time = ${timeoutMs / 1_000}`
      : `set session max_execution_time = ${timeoutMs}`,
  )
  await rows(`set session time_zone = '+00:00'`)
  await rows(`set session sql_mode = replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')`)
  await rows('set session transaction isolation level repeatable read')
  await rows(`start transaction with consistent snapshot${writes ? '' : ', read only'}`)
}

interface Connection {
  readonly connection: MysqlConnection
  /** Aborted when the socket has closed: the driver does not always tell. */
  readonly closed: AbortSignal
}

function newConnection(driver: MysqlDriver, config: Config): Connection {
  const { host, port, database, user, password } = config
  const tls = tlsOptionsOf(config)
  const closing = new AbortController()
  const open = () => {
    const socket = guardedSocket()
    socket.once('close', () => closing.abort(new Error('the server closed the connection')))
    return socket.connect(port, host)
  }
  const connection = driver.createConnection({
    host,
    port,
    database,
    user,
    password: password ?? '',
    ...(tls === null ? {} : { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } }),
    connectTimeout: connectMs,
    charset: 'utf8mb4',
    multipleStatements: false,
    // No file of this machine may be asked for by the server.
    flags: ['-LOCAL_FILES'],
    infileStreamFactory: () => {
      throw new Error('the server asked for a file')
    },
    stream: open,
  })
  // A connection that breaks fails the statement under way; without a listener it would end the process.
  connection.on('error', () => {})
  return { connection, closed: closing.signal }
}

function connect(connection: MysqlConnection, config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(connectError(error, config)) : resolve()))
  })
}

/** As far as it can be done: a server that does not answer has its own statement timeout. */
async function killAt(driver: MysqlDriver, config: Config, threadId: number): Promise<void> {
  const { connection: other } = newConnection(driver, config)
  try {
    await connect(other, config)
    await new Promise((resolve) => {
      other.query({ sql: `kill query ${threadId}`, rowsAsArray: true }, resolve)
    })
  } catch {
    // The caller's error is the deadline's.
  } finally {
    other.destroy()
  }
}
