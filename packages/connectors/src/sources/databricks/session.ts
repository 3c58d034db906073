import { denied, invalid, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Column } from '@muster/core/sync/source.ts'
import { type Deadline, type Timeouts, timedOut } from '../deadline.ts'
import { hasFunctions, loadShaped } from '../driver-shape.ts'
import type { TextRows } from '../row-file.ts'
import { proveAddress } from '../warehouse-address.ts'
import { type Query, refusedSql, untilAborted, type Warehouse } from '../warehouse-reader.ts'
import type { Config } from './index.ts'

/** What is used of `@databricks/sql`. */
interface Driver {
  readonly DBSQLClient: new (options: object) => Client
}
interface Client {
  connect(options: object): Promise<unknown>
  openSession(options: object): Promise<Session>
  close(): Promise<unknown>
}
interface Session {
  executeStatement(sql: string, options: object): Promise<Operation>
  close(): Promise<unknown>
}
interface Operation {
  getSchema(): Promise<{ readonly columns: readonly ThriftColumn[] } | null>
  fetchChunk(options: object): Promise<readonly { readonly [name: string]: unknown }[]>
  hasMoreRows(): Promise<boolean>
  cancel(): Promise<unknown>
  close(): Promise<unknown>
}
interface ThriftColumn {
  readonly columnName: string
  readonly typeDesc: { readonly types: readonly { readonly primitiveEntry?: { readonly type: number } }[] }
}

/** TTypeId of the Hive protocol, by its number. */
const typeNames = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'STRING',
  'TIMESTAMP',
  'BINARY',
  'ARRAY',
  'MAP',
  'STRUCT',
  'UNION',
  'USER_DEFINED',
  'DECIMAL',
  'NULL',
  'DATE',
  'VARCHAR',
  'CHAR',
  'INTERVAL_YEAR_MONTH',
  'INTERVAL_DAY_TIME',
]

const rowsAtOnce = 20_000

export function openDatabricks(config: Config, timeouts: Timeouts): Warehouse & { close(): Promise<void> } {
  let opened: Promise<Client> | null = null
  const connected = (): Promise<Client> => {
    opened ??= connect(config).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  /** Hands over a running statement, in a session of its own; cancelled at the server unless it was read to its end. */
  const running = async function* <T>(
    { sql, value }: Query,
    deadline: Deadline,
    read: (operation: Operation) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const client = await untilAborted(connected(), deadline.signal)
    let session: Session | null = null
    let operation: Operation | null = null
    let isDone = false
    try {
      session = await untilAborted(client.openSession(sessionOf(config, deadline)), deadline.signal)
      const executed = session.executeStatement(sql, {
        queryTimeout: Math.ceil(deadline.ms / 1000),
        // Chunks come from the workspace itself and not from cloud storage.
        useCloudFetch: false,
        maxRows: rowsAtOnce,
        ...(value === undefined ? {} : { ordinalParameters: [value] }),
      })
      operation = await untilAborted(executed, deadline.signal)
      yield* read(operation)
      isDone = true
    } finally {
      if (operation && !isDone) await operation.cancel().catch(() => {})
      await operation?.close().catch(() => {})
      await session?.close().catch(() => {})
    }
  }
  return {
    dialect: 'databricks',
    timeouts,
    placeholder: '?',
    asText: textOf,
    columns: async (sql, deadline) => {
      let found: readonly Column[] = []
      const schema = async function* (operation: Operation) {
        yield await untilAborted(columnsOf(operation), deadline.signal)
      }
      for await (const columns of running({ sql: `${sql} limit 0` }, deadline, schema)) found = columns
      return found
    },
    rows: (query, deadline) =>
      running(query, deadline, async function* (operation): AsyncGenerator<TextRows> {
        const { signal } = deadline
        const names = (await untilAborted(columnsOf(operation), signal)).map((column) => column.name)
        do {
          const rows = await untilAborted(operation.fetchChunk({ maxRows: rowsAtOnce }), signal)
          yield rows.map((row) => names.map((name) => textOrNull(row[name])))
        } while (await untilAborted(operation.hasMoreRows(), signal))
      }),
    serverError: (error) => serverError(error, timeouts),
    close: async () => {
      const client = await opened?.catch(() => null)
      await client?.close().catch(() => {})
    },
  }
}

async function connect(config: Config): Promise<Client> {
  const isDriver = (value: unknown): value is Driver => hasFunctions(value, 'DBSQLClient')
  const { DBSQLClient } = await loadShaped('@databricks/sql', isDriver)
  await proveAddress(config.host)
  const client = new DBSQLClient({ logger: { log: () => {}, getLevel: () => 'error', setLevel: () => {} } })
  await client.connect({
    host: config.host,
    port: config.port,
    path: config.http_path,
    token: config.token,
    userAgentEntry: 'muster',
    telemetryEnabled: false,
    retryMaxAttempts: 3,
    retriesTimeout: 10_000,
    retryDelayMin: 250,
    ...(config.ca === undefined ? {} : { customCaCert: config.ca }),
  })
  return client
}

function sessionOf(config: Config, deadline: Deadline): object {
  return {
    initialCatalog: config.catalog,
    ...(config.schema === undefined ? {} : { initialSchema: config.schema }),
    configuration: { TIMEZONE: 'UTC', STATEMENT_TIMEOUT: String(Math.ceil(deadline.ms / 1000)) },
  }
}

async function columnsOf(operation: Operation): Promise<Column[]> {
  const schema = await operation.getSchema()
  return (schema?.columns ?? []).map(({ columnName, typeDesc }) => ({
    name: columnName,
    type: typeNames[typeDesc.types[0]?.primitiveEntry?.type ?? -1] ?? 'UNKNOWN',
  }))
}

function textOf(column: string, type: string): string {
  if (type === 'STRING') return column
  if (type === 'BINARY') return `lower(hex(${column}))`
  return /^(ARRAY|MAP|STRUCT)$/.test(type) ? `to_json(${column})` : `cast(${column} as string)`
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** The driver throws what the server's status says, an operation's state, or a status of HTTP; not all are errors. */
function serverError(error: unknown, timeouts: Timeouts): Error | null {
  if (typeof error !== 'object' || error === null) return null
  const of = (name: string): unknown => Reflect.get(error, name)
  if (of('statusCode') === 401 || of('statusCode') === 403) {
    return denied('login_refused', 'Databricks refuses the token', { hint: 'Correct `token` in the source.' })
  }
  if (of('statusCode') === 404) {
    return invalid('no_warehouse', 'there is no warehouse at that path', {
      hint: 'Correct `http_path` in the source.',
    })
  }
  if (typeof of('statusCode') === 'number') {
    return transient('unreachable', `Databricks cannot answer now: status ${of('statusCode')}`)
  }
  const response = of('response')
  if (of('errorCode') === 'TIMEOUT') return timedOut(timeouts.extract, error)
  const isState = of('errorCode') === 'ERROR' && isObject(response)
  if (!isState && of('name') !== 'Status Error') return null
  const message = String(
    (isState ? (response.displayMessage ?? response.errorMessage) : null) ?? of('message'),
  )
  if (isState && /^(08|53|57|58|XX)/.test(String(response.sqlState))) {
    return transient('read_failed', `Databricks gave the read up: ${message}`)
  }
  const at = /line (\d+),? pos (\d+)/.exec(message)
  return refusedSql(message, at ? { line: Number(at[1]), column: Number(at[2]) + 1 } : null)
}
