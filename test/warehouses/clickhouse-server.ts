import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Person } from '@muster/connectors/conformance/source-setup.ts'
import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'

/** What is used of chdb, whose types are where it is installed. */
interface Chdb {
  readonly Session: new () => ChdbSession
}
interface ChdbSession {
  query(sql: string): string
  queryBindAsync(sql: string, params: object, options?: object): Promise<{ bytes(): Uint8Array }>
  queryStreamBind(sql: string, params: object, options: object): Chunks
  close(): void
}
interface Chunks extends AsyncIterable<{ raw(): Uint8Array }> {
  cancel(): void
}

export interface ClickhouseServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * ClickHouse's HTTP interface (https://clickhouse.com/docs/interfaces/http) in front of its engine in this process:
 * settings and parameters of the URL, FORMAT, streaming, exceptions by number, before and after the first rows. Users
 * `reader` and `writer`, password `secret`. Engine: ClickHouse's own.
 */
export async function openClickhouseServer(people: readonly Person[]): Promise<ClickhouseServer> {
  const { Session }: Chdb = createRequire(import.meta.url)('chdb')
  const session = new Session()
  session.query(
    'create table default.customers (id String, crm_id Nullable(String), city Nullable(String)) engine = Memory',
  )
  for (const { id, crm_id, city } of people) {
    const value = (name: string, text: string | null): string => (text === null ? 'null' : `{${name}:String}`)
    const values = `${value('id', id)}, ${value('crm', crm_id)}, ${value('city', city)}`
    await session.queryBindAsync(`insert into default.customers select ${values}`, {
      id,
      crm: crm_id ?? '',
      city: city ?? '',
    })
  }
  // The engine in this process streams one result at a time.
  let free: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = free.then(work)
    free = done.catch(() => {})
    return done
  }
  const server = createServer((request, response) => {
    answer(session, inTurn, request, response).catch((error: unknown) => fail(response, error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      session.close()
    },
  }
}

async function answer(
  session: ChdbSession,
  inTurn: (work: () => Promise<void>) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  const [user, password] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64')
    .toString()
    .split(':')
  if (password !== 'secret')
    throw new Error('Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)')
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const text = Buffer.concat(parts).toString()
  const found = /^(.*?)\s+format\s+(\w+)\s*$/is.exec(text)
  const [sql, format] = [found?.[1] ?? text, found?.[2] ?? 'TabSeparated']
  if (/^show grants$/i.test(sql)) {
    return void response.end(
      `["GRANT SELECT${user === 'writer' ? ', INSERT' : ''} ON default.* TO ${user}"]\n`,
    )
  }
  const params = [...url.searchParams].filter(([name]) => name.startsWith('param_'))
  const values = Object.fromEntries(
    params.map(([name, value]) => [name.slice('param_'.length), unescaped(value)]),
  )
  const statement = `${one(sql)} ${settingsOf(url)}`
  // The engine in this process streams SELECT alone.
  if (/^(describe|create|drop|insert|delete|rename)/i.test(statement)) {
    const writes = !/^describe/i.test(statement)
    if (writes && url.searchParams.get('readonly') !== null) {
      throw new Error('Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)')
    }
    return inTurn(async () => {
      const text = writes ? one(sql) : statement
      const whole = await session.queryBindAsync(text, values, { format })
      response.end(writes ? '' : whole.bytes())
    })
  }
  await inTurn(() => send(session.queryStreamBind(statement, values, { format }), response))
}

/** A server takes one statement; the engine in this process would run several. */
function one(sql: string): string {
  try {
    return bodyOfStatement(sql, 'clickhouse')
  } catch {
    throw new Error(
      'Code: 62. DB::Exception: Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)',
    )
  }
}

/** The engine in this process takes settings with the statement alone. */
function settingsOf(url: URL): string {
  const settings = [...url.searchParams].filter(([name]) =>
    /^(readonly|max_execution_time|session_timezone)$/.test(name),
  )
  return `settings ${settings.map(([name, value]) => `${name} = ${/^[\d.]+$/.test(value) ? value : `'${value}'`}`).join(', ')}`
}

/** Parameters travel as escaped TSV. */
function unescaped(value: string): string {
  const marks: Record<string, string> = { t: '\t', n: '\n', r: '\r', '0': '\0', b: '\b', f: '\f' }
  return value.replace(/\\(.)/gs, (_, mark: string) => marks[mark] ?? mark)
}

/** After the first rows an exception can only stand behind them. */
async function send(chunks: Chunks, response: ServerResponse): Promise<void> {
  const raw = chunks[Symbol.asyncIterator]()
  const first = await raw.next()
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = first; !at.done; at = await raw.next()) yield at.value.raw()
    } catch (error) {
      yield Buffer.from(`${textOf(error)}\n`)
    }
  }
  try {
    await pipeline(Readable.from(bytes(), { highWaterMark: 1 }), response)
  } finally {
    chunks.cancel()
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const text = textOf(error)
  const code = /^Code: (\d+)/.exec(text)?.[1] ?? '1000'
  response.writeHead(code === '516' ? 403 : 500, { 'x-clickhouse-exception-code': code })
  response.end(`${text}\n`)
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return `${text.replace(/^Query failed: /, '')} (version 26.7.2.1)`
}
