import { denied, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Column } from '@muster/core/sync/source.ts'
import { type Deadline, type Timeouts, timedOut } from '../deadline.ts'
import { hasFunctions, loadShaped } from '../driver-shape.ts'
import type { TextRows } from '../row-file.ts'
import { proveAddress, urlOf } from '../warehouse-address.ts'
import { type Query, refusedSql, untilAborted, type Warehouse } from '../warehouse-reader.ts'
import type { Config } from './index.ts'

/** What is used of `trino-client`. */
interface Driver {
  readonly Trino: { create(options: object): Client }
  readonly BasicAuth: new (user: string, password?: string) => object
}
interface Client {
  query(query: { readonly query: string; readonly session: object }): Promise<AsyncIterator<Page>>
  cancel(id: string): Promise<unknown>
}
interface Page {
  readonly id: string
  readonly columns?: readonly Column[]
  readonly data?: readonly (readonly unknown[])[]
  readonly error?: Failure
}
/** https://trino.io/docs/current/develop/client-protocol.html, QueryError. */
interface Failure {
  readonly message: string
  readonly errorName: string
  readonly errorType: string
  readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number }
}

class QueryFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

function isDriver(value: unknown): value is Driver {
  return hasFunctions(value, 'Trino', 'BasicAuth') && isObject(value) && hasFunctions(value.Trino, 'create')
}

export function openTrino(config: Config, timeouts: Timeouts): Warehouse {
  let opened: Promise<Client> | null = null
  const client = (): Promise<Client> => {
    opened ??= connect(config).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const pages = async function* (sql: string, deadline: Deadline): AsyncGenerator<Page> {
    const { signal } = deadline
    const trino = await untilAborted(client(), signal)
    const session = { query_max_run_time: `${deadline.ms}ms` }
    const answer = await untilAborted(trino.query({ query: sql, session }), signal)
    let running: string | null = null
    try {
      for (;;) {
        // The driver's iterator hands the last page over as a value that is done.
        const { value: page, done } = await untilAborted(answer.next(), signal)
        running = page.id
        if (page.error) throw new QueryFailed(page.error)
        yield page
        if (done) {
          running = null
          return
        }
      }
    } finally {
      if (running !== null) await trino.cancel(running).catch(() => {})
    }
  }
  return {
    dialect: 'trino',
    timeouts,
    placeholder: '?',
    asText: textOf,
    columns: async (sql, deadline) => {
      let columns: readonly Column[] = []
      for await (const page of pages(`${sql} limit 0`, deadline)) columns = page.columns ?? columns
      return columns.map(({ name, type }) => ({ name, type }))
    },
    rows: async function* (query, deadline): AsyncGenerator<TextRows> {
      for await (const page of pages(bound(query), deadline)) {
        if (page.data && page.data.length > 0) yield page.data.map((row) => row.map(textOrNull))
      }
    },
    serverError: (error) => serverError(error, timeouts),
  }
}

async function connect(config: Config): Promise<Client> {
  const { Trino, BasicAuth } = await loadShaped('trino-client', isDriver)
  await proveAddress(config.host)
  const { user, password, token } = config
  return Trino.create({
    server: urlOf(config),
    source: 'muster',
    catalog: config.catalog,
    schema: config.schema,
    ...(password === undefined
      ? { extraHeaders: { 'X-Trino-User': user, ...(token ? { Authorization: `Bearer ${token}` } : {}) } }
      : { auth: new BasicAuth(user, password) }),
    ssl: { rejectUnauthorized: true, ...(config.ca === undefined ? {} : { ca: config.ca }) },
  })
}

/**
 * Trino's HTTP protocol has no bound values: they travel in EXECUTE … USING as SQL. In Trino's text literals nothing but
 * the quote is special.
 */
function bound({ sql, value }: Query): string {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
  return value === undefined ? sql : `execute immediate ${literal(sql)} using ${literal(value)}`
}

function textOf(column: string, type: string): string {
  if (/^varchar/.test(type)) return column
  if (type === 'varbinary') return `lower(to_hex(${column}))`
  if (/^(array|map|row|json)\b/.test(type)) return `json_format(cast(${column} as json))`
  return `cast(${column} as varchar)`
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

function serverError(error: unknown, timeouts: Timeouts): Error | null {
  if (error instanceof QueryFailed) {
    const { message, errorName, errorType, errorLocation: at } = error.failure
    if (errorName === 'EXCEEDED_TIME_LIMIT') return timedOut(timeouts.extract, error)
    if (errorType === 'USER_ERROR') {
      return refusedSql(
        message.replace(/^line \d+:\d+: /, ''),
        at ? { line: at.lineNumber, column: at.columnNumber } : null,
      )
    }
    return transient('read_failed', `Trino gave the read up: ${message}`, { cause: error })
  }
  const status =
    isObject(error) && isObject(error.response) && typeof error.response.status === 'number'
      ? error.response.status
      : null
  if (status === null) return null
  if (status === 401 || status === 403) {
    return denied('login_refused', 'Trino refuses the login', {
      hint: 'Correct `user` and `password` or `token` in the source.',
    })
  }
  return transient('unreachable', `Trino cannot answer now: status ${status}`)
}
