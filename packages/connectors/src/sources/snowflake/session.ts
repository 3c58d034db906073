import { denied, invalid, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Column } from '@muster/core/sync/source.ts'
import { type Deadline, type Timeouts, timedOut } from '../deadline.ts'
import type { TextRows } from '../row-file.ts'
import { proveAddress, urlOf } from '../warehouse-address.ts'
import { type Query, refusedSql, untilAborted, type Warehouse } from '../warehouse-reader.ts'
import { type Connection, loadSnowflake, type Statement } from './driver.ts'
import type { Config } from './index.ts'

/** Rows that go to the file at a time; the driver hands them over one by one. */
const rowsAtOnce = 2_000

export function openSnowflake(config: Config, timeouts: Timeouts): Warehouse & { close(): Promise<void> } {
  let opened: Promise<Connection> | null = null
  const connection = async (): Promise<Connection> => {
    const open = await opened?.catch(() => null)
    if (open?.isUp()) return open
    opened = connect(config)
    return opened
  }
  /** The statement once the server has answered; cancelled when the deadline comes first. */
  const executed = async (
    { sql, value }: Query,
    deadline: Deadline,
    describeOnly: boolean,
  ): Promise<Statement> => {
    const open = await untilAborted(connection(), deadline.signal)
    const { promise, resolve, reject } = Promise.withResolvers<Statement>()
    const statement = open.execute({
      sqlText: sql,
      ...(value === undefined ? {} : { binds: [value] }),
      describeOnly,
      streamResult: true,
      rowMode: 'array',
      parameters: parametersOf(deadline),
      complete: (error: unknown, answered: Statement) => (error ? reject(error) : resolve(answered)),
    })
    try {
      return await untilAborted(promise, deadline.signal)
    } catch (error) {
      if (deadline.signal.aborted) statement.cancel(() => {})
      throw error
    }
  }
  return {
    dialect: 'snowflake',
    timeouts,
    placeholder: '?',
    asText: textOf,
    columns: async (sql, deadline) => {
      const statement = await executed({ sql }, deadline, true)
      return (statement.getColumns() ?? []).map(
        (column): Column => ({ name: column.getName(), type: typeOf(column.getType()) }),
      )
    },
    rows: async function* (query, deadline): AsyncGenerator<TextRows> {
      const rows = (await executed(query, deadline, false)).streamRows()
      const stop = (): void => void rows.destroy()
      deadline.signal.addEventListener('abort', stop, { once: true })
      try {
        let chunk: (string | null)[][] = []
        for await (const row of rows) {
          chunk.push(textRow(row))
          if (chunk.length < rowsAtOnce) continue
          yield chunk
          chunk = []
        }
        deadline.signal.throwIfAborted()
        if (chunk.length > 0) yield chunk
      } finally {
        deadline.signal.removeEventListener('abort', stop)
      }
    },
    serverError: (error) => serverError(error, timeouts),
    close: async () => {
      const open = await opened?.catch(() => null)
      if (open?.isUp()) await new Promise<void>((resolve) => open.destroy(() => resolve()))
    },
  }
}

async function connect(config: Config): Promise<Connection> {
  const driver = await loadSnowflake()
  const host = config.host ?? `${config.account}.snowflakecomputing.com`
  await proveAddress(host)
  const { private_key: privateKey, private_key_passphrase: privateKeyPass } = config
  const connection = driver.createConnection({
    account: config.account,
    accessUrl: urlOf({ ...config, host }),
    username: config.user,
    ...(privateKey === undefined
      ? { password: config.password }
      : { authenticator: 'SNOWFLAKE_JWT', privateKey, ...(privateKeyPass ? { privateKeyPass } : {}) }),
    role: config.role,
    warehouse: config.warehouse,
    database: config.database,
    schema: config.schema,
    application: 'muster',
    sfRetryMaxLoginRetries: 1,
    clientStoreTemporaryCredential: false,
  })
  await new Promise<void>((resolve, reject) =>
    connection.connect((error) => (error ? reject(error) : resolve())),
  )
  return connection
}

/** Set with each statement: no statement can carry another, and every value has one text whatever the account's settings. */
function parametersOf(deadline: Deadline): object {
  const moment = 'YYYY-MM-DD HH24:MI:SS.FF6'
  return {
    MULTI_STATEMENT_COUNT: 1,
    STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(deadline.ms / 1000),
    TIMEZONE: 'UTC',
    DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
    TIME_OUTPUT_FORMAT: 'HH24:MI:SS.FF6',
    TIMESTAMP_NTZ_OUTPUT_FORMAT: moment,
    TIMESTAMP_LTZ_OUTPUT_FORMAT: `${moment} TZHTZM`,
    TIMESTAMP_TZ_OUTPUT_FORMAT: `${moment} TZHTZM`,
    BINARY_OUTPUT_FORMAT: 'HEX',
  }
}

/** The wire has names of its own for two types. */
function typeOf(type: string): string {
  if (type === 'fixed') return 'NUMBER'
  return type === 'text' ? 'VARCHAR' : type.toUpperCase()
}

function textOf(column: string, type: string): string {
  if (type === 'VARCHAR') return column
  return type === 'ARRAY' || type === 'OBJECT' ? `to_json(${column})` : `to_varchar(${column})`
}

function textRow(row: unknown): (string | null)[] {
  return Array.isArray(row) ? row.map((value) => (value === null ? null : String(value))) : []
}

/** Codes: https://docs.snowflake.com/en/developer-guide/node-js/nodejs-driver-consume and the server's own six digits. */
function serverError(error: unknown, timeouts: Timeouts): Error | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const code = String(error.code)
  const message = error.message
  if (code === '000630') return timedOut(timeouts.extract, error)
  if (/^39(0|4)\d{3}$/.test(code)) {
    return denied('login_refused', 'Snowflake refuses the login', {
      hint: 'Correct `user` and `password` or `private_key` in the source.',
    })
  }
  if (code === '000606') {
    return invalid('no_warehouse', message, {
      hint: 'Correct `warehouse` in the source, or grant its usage to the role.',
    })
  }
  if (/^0\d{5}$/.test(code)) {
    const at = /line (\d+) at position (\d+)/.exec(message)
    return refusedSql(
      message.replace(/^SQL compilation error:\s*/, ''),
      at ? { line: Number(at[1]), column: Number(at[2]) + 1 } : null,
    )
  }
  if (/^4010\d\d$/.test(code) && !(isObject(error) && isObject(error.cause))) {
    return transient('unreachable', 'Snowflake cannot be reached', {
      hint: 'Correct `account` or `host` in the source, or open the way there.',
      cause: error,
    })
  }
  return null
}
