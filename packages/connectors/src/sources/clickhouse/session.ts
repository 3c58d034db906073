import type { Readable } from 'node:stream'
import { denied, invalid, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { type Deadline, type Timeouts, timedOut } from '../deadline.ts'
import { hasFunctions, loadShaped } from '../driver-shape.ts'
import type { TextRows } from '../row-file.ts'
import { proveAddress, urlOf, usesTls } from '../warehouse-address.ts'
import { type Query, refusedSql, untilAborted, type Warehouse } from '../warehouse-reader.ts'
import type { Config } from './index.ts'

/** What is used of `@clickhouse/client`. */
interface Driver {
  createClient(options: object): Client
}
interface Client {
  query(request: object): Promise<{ stream(): AsyncIterable<readonly { readonly text: string }[]> }>
  exec(request: object): Promise<{ readonly stream: Readable }>
  close(): Promise<void>
}

export interface Session extends Warehouse {
  /** The bytes of a statement that names its own FORMAT, as the server sends them. */
  stream(sql: string, deadline: Deadline): Promise<Readable>
  /** A statement that gives no rows and may write. */
  write(sql: string, deadline: Deadline): Promise<void>
  close(): Promise<void>
}

const quietLog = 127

export function openClickhouse(config: Config, timeouts: Timeouts): Session {
  let opened: Promise<Client> | null = null
  const client = (): Promise<Client> => {
    opened ??= connect(config, timeouts).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const rows = async function* ({ sql, value }: Query, deadline: Deadline): AsyncGenerator<TextRows> {
    const clickhouse = await untilAborted(client(), deadline.signal)
    const answer = await clickhouse.query({
      query: sql,
      format: 'JSONCompactEachRow',
      ...(value === undefined ? {} : { query_params: { muster_value: value } }),
      ...limitsOf(deadline),
    })
    for await (const chunk of answer.stream()) yield chunk.map((row) => textRow(row.text, timeouts))
  }
  return {
    dialect: 'clickhouse',
    timeouts,
    placeholder: '{muster_value:String}',
    asText: (column) => `toString(${column})`,
    columns: async (sql, deadline) => {
      const found = []
      for await (const chunk of rows({ sql: `describe table (${sql})` }, deadline)) found.push(...chunk)
      return found.map(([name, type]) => ({ name: name ?? '', type: type ?? '' }))
    },
    rows,
    serverError: (error) => serverError(error, timeouts),
    stream: async (sql, deadline) => {
      const clickhouse = await untilAborted(client(), deadline.signal)
      return (await clickhouse.exec({ query: sql, ...limitsOf(deadline) })).stream
    },
    write: async (sql, deadline) => {
      const clickhouse = await untilAborted(client(), deadline.signal)
      const { stream } = await clickhouse.exec({ query: sql, ...writingLimitsOf(deadline) })
      for await (const _ of stream);
    },
    close: async () => (await opened?.catch(() => null))?.close(),
  }
}

async function connect(config: Config, timeouts: Timeouts): Promise<Client> {
  const isDriver = (value: unknown): value is Driver => hasFunctions(value, 'createClient')
  const { createClient } = await loadShaped('@clickhouse/client', isDriver)
  await proveAddress(config.host)
  return createClient({
    url: urlOf(config),
    username: config.user,
    password: config.password ?? '',
    database: config.database,
    application: 'muster',
    request_timeout: timeouts.extract + 10_000,
    log: { level: quietLog },
    ...(usesTls(config) && config.ca !== undefined ? { tls: { ca_cert: Buffer.from(config.ca) } } : {}),
  })
}

/** `readonly` 2 lets a statement read alone, and still lets these settings be set beside it. */
function limitsOf(deadline: Deadline): object {
  return {
    abort_signal: deadline.signal,
    clickhouse_settings: {
      readonly: '2',
      max_execution_time: deadline.ms / 1000,
      cancel_http_readonly_queries_on_client_close: 1,
      session_timezone: 'UTC',
    },
  }
}

function writingLimitsOf(deadline: Deadline): object {
  return { abort_signal: deadline.signal, clickhouse_settings: { max_execution_time: deadline.ms / 1000 } }
}

/** A line that is no row is an exception that came after the first rows. */
function textRow(line: string, timeouts: Timeouts): (string | null)[] {
  if (!line.startsWith('[')) throw exceptionIn(line, timeouts) ?? new Error(`not a row: ${line}`)
  const row: unknown = JSON.parse(line)
  return Array.isArray(row) ? row.map((value) => (value === null ? null : String(value))) : []
}

/** https://clickhouse.com/docs/interfaces/http: an exception has a number, which its text names as well. */
function serverError(error: unknown, timeouts: Timeouts): Error | null {
  if (
    !(error instanceof Error) ||
    !isObject(error) ||
    !('code' in error) ||
    !/^\d+$/.test(String(error.code))
  )
    return null
  return exceptionError(Number(error.code), error.message, timeouts)
}

/** The error that a text of the server names, or null where it names none. */
export function exceptionIn(text: string, timeouts: Timeouts): Error | null {
  const found = /Code: (\d+)\. DB::Exception: /.exec(text)
  return found ? exceptionError(Number(found[1]), text.slice(found.index), timeouts) : null
}

function exceptionError(code: number, text: string, timeouts: Timeouts): Error {
  const message = text.replace(/^Code: \d+\. DB::Exception: /, '').replace(/\. Expected one of: .*$/s, '')
  if (code === 159 || code === 160) return timedOut(timeouts.extract)
  if (code === 516 || code === 192 || code === 193 || code === 194) {
    return denied('login_refused', 'ClickHouse refuses the login', {
      hint: 'Correct `user` and `password` in the source.',
    })
  }
  if (code === 81) return invalid('no_database', message, { hint: 'Correct `database` in the source.' })
  if ([202, 209, 210, 241, 242, 279, 425, 999].includes(code)) {
    return transient('read_failed', `ClickHouse gave the read up: ${message}`)
  }
  const at = /\(line (\d+), col (\d+)\)/.exec(message)
  return refusedSql(message, at ? { line: Number(at[1]), column: Number(at[2]) } : null)
}
