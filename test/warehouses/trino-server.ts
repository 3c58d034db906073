import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Engine, Refused, type Running } from './duckdb-engine.ts'
import { type Answer, type LocalServer, openServer, withinMoment } from './local-server.ts'

interface Query {
  readonly started: Promise<Running>
  page: Promise<readonly (readonly (string | null)[])[] | null> | null
  readonly cancel: AbortController
}

/**
 * Trino's client protocol (https://trino.io/docs/current/develop/client-protocol.html) over DuckDB: statement, pages by
 * nextUri, errors, cancellation. Users `reader` and `writer`, password `secret`.
 */
export async function openTrinoServer(engine: Engine): Promise<LocalServer> {
  const queries = new Map<string, Query>()
  return openServer(async (request, url, body) => {
    const user = userOf(request)
    if (user === null) return { status: 401, body: 'Unauthorized' }
    const base = `http://${request.headers.host}/v1/statement/executing`
    if (request.method === 'POST' && url.pathname === '/v1/statement') {
      const id = randomUUID()
      const { sql, values } = unwrapped(body.toString().replaceAll('current_user', `'${user}'`))
      const cancel = new AbortController()
      const started = engine.run(sql, { values, user, signal: cancel.signal })
      started.catch(() => {})
      queries.set(id, { started, page: null, cancel })
      return { body: { id, nextUri: `${base}/${id}/0`, stats: { state: 'QUEUED' } } }
    }
    const id = url.pathname.split('/')[url.pathname.startsWith('/v1/query/') ? 3 : 4] ?? ''
    const query = queries.get(id)
    if (!query) return { status: 404, body: 'no such query' }
    if (request.method === 'DELETE') {
      queries.delete(id)
      query.cancel.abort()
      query.started.then((running) => running.close()).catch(() => {})
      return { status: 204 }
    }
    return nextPage(id, query, `${base}/${id}/${Number(url.pathname.split('/')[5] ?? 0) + 1}`, queries)
  })
}

async function nextPage(
  id: string,
  query: Query,
  nextUri: string,
  queries: Map<string, Query>,
): Promise<Answer> {
  try {
    const running = await withinMoment(query.started)
    if (!running) return { body: { id, nextUri, stats: { state: 'RUNNING' } } }
    query.page ??= running.next()
    const data = await withinMoment(query.page.then((rows) => ({ rows })))
    const columns = running.columns.map(({ name, type }) => ({ name, type: type.toLowerCase() }))
    if (!data) return { body: { id, nextUri, columns, stats: { state: 'RUNNING' } } }
    query.page = null
    if (data.rows) return { body: { id, nextUri, columns, data: data.rows, stats: { state: 'RUNNING' } } }
    queries.delete(id)
    running.close()
    return { body: { id, columns, stats: { state: 'FINISHED' } } }
  } catch (error) {
    queries.delete(id)
    return { body: { id, error: failureOf(error), stats: { state: 'FAILED' } } }
  }
}

function failureOf(error: unknown): object {
  if (!(error instanceof Refused))
    return { message: String(error), errorName: 'GENERIC_INTERNAL_ERROR', errorType: 'INTERNAL_ERROR' }
  const { line, column, message } = error
  const at =
    line !== null && column !== null ? { errorLocation: { lineNumber: line, columnNumber: column } } : {}
  const place = line !== null && column !== null ? `line ${line}:${column}: ` : ''
  return {
    message: `${place}${message}`,
    errorCode: 1,
    errorName: 'SYNTAX_ERROR',
    errorType: 'USER_ERROR',
    ...at,
  }
}

function userOf(request: IncomingMessage): string | null {
  const [user, password] = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64')
    .toString()
    .split(':')
  return password === 'secret' && user ? user : null
}

/** DuckDB takes bound values beside the statement, Trino within it. */
function unwrapped(sql: string): { readonly sql: string; readonly values: readonly string[] } {
  const found = /^execute immediate '((?:[^']|'')*)' using '((?:[^']|'')*)'$/.exec(sql)
  const plain = (text: string | undefined): string => (text ?? '').replaceAll("''", "'")
  return found ? { sql: plain(found[1]), values: [plain(found[2])] } : { sql, values: [] }
}
