import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Engine, Refused, type Running } from './duckdb-engine.ts'
import { type Answer, type LocalServer, openServer, withinMoment } from './local-server.ts'
import { toDuckdb } from './spelling.ts'

type Rows = readonly (readonly (string | null)[])[]
interface Query {
  readonly requestId: string
  readonly done: Promise<{ readonly running: Running; readonly chunks: readonly Rows[] }>
  stop(): void
}

interface Asked {
  readonly sqlText: string
  readonly describeOnly?: boolean
  readonly bindings?: Readonly<Record<string, { readonly value: string }>>
}

/**
 * The protocol of Snowflake's drivers over DuckDB: login, query, polling while it runs, results in gzipped chunks at URLs
 * of their own, abort, errors. Users `reader` and `writer`, password `secret`, or a token made by a key pair.
 */
export async function openSnowflakeServer(engine: Engine): Promise<LocalServer> {
  const queries = new Map<string, Query>()
  const chunks = new Map<string, Rows>()
  return openServer(async (request, url, body) => {
    const base = `http://${request.headers.host}`
    if (url.pathname.startsWith('/chunk/')) {
      const text = JSON.stringify(chunks.get(url.pathname) ?? []).slice(1, -1)
      return { headers: { 'content-encoding': 'gzip' }, body: gzipSync(text) }
    }
    const asked = body.length > 0 ? JSON.parse(body.toString()) : {}
    if (url.pathname === '/session/v1/login-request') return login(asked.data)
    const user = /Token="(\w+)"/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (url.pathname === '/session') return { body: { success: true, data: null } }
    if (url.pathname === '/queries/v1/abort-request') {
      for (const query of queries.values()) if (query.requestId === asked.requestId) query.stop()
      return { body: { success: true, data: null } }
    }
    const id = url.pathname.split('/')[2] ?? ''
    if (url.pathname !== '/queries/v1/query-request') return result(id, queries.get(id), chunks, base)
    const queryId = randomUUID()
    queries.set(queryId, start(engine, asked, user, url.searchParams.get('requestId') ?? ''))
    return result(queryId, queries.get(queryId), chunks, base)
  })
}

function login(data: Readonly<Record<string, string>>): Answer {
  const { LOGIN_NAME = '', PASSWORD, TOKEN } = data
  if (PASSWORD !== 'secret' && (TOKEN ?? '').split('.').length !== 3) {
    return {
      body: {
        success: false,
        code: '390100',
        message: 'Incorrect username or password was specified.',
        data: {},
      },
    }
  }
  const times = { validityInSeconds: 3600, masterValidityInSeconds: 14400 }
  return {
    body: {
      success: true,
      data: { token: LOGIN_NAME, masterToken: LOGIN_NAME, ...times, sessionId: 1, parameters: [] },
    },
  }
}

function start(engine: Engine, asked: Asked, user: string, requestId: string): Query {
  const cancel = new AbortController()
  const sql = toDuckdb(asked.sqlText, { doubleQuotedText: false }).replace(/\bcurrent_role\(\)/i, `'${user}'`)
  const values = Object.values(asked.bindings ?? {}).map(({ value }) => value)
  const run = async () => {
    const running = await engine.run(asked.describeOnly ? `select * from (${sql}\n) limit 0` : sql, {
      values,
      user,
      signal: cancel.signal,
    })
    const found: Rows[] = []
    // A statement has its chunks when it is done, as at Snowflake.
    for (let rows = await running.next(); rows !== null; rows = await running.next()) {
      found.push(rows)
    }
    running.close()
    return { running, chunks: found }
  }
  const done = run()
  done.catch(() => {})
  return {
    requestId,
    done,
    stop: () => cancel.abort(),
  }
}

async function result(
  queryId: string,
  query: Query | undefined,
  kept: Map<string, Rows>,
  base: string,
): Promise<Answer> {
  if (!query) return { status: 404 }
  try {
    const done = await withinMoment(query.done)
    if (!done) {
      return {
        body: {
          success: true,
          code: '333333',
          message: null,
          data: { queryId, getResultUrl: `/queries/${queryId}/result` },
        },
      }
    }
    const [first = [], ...rest] = done.chunks
    // Chunks of some 50,000 rows.
    const size = 5
    const groups = Array.from({ length: Math.ceil(rest.length / size) }, (_, n) =>
      rest.slice(n * size, (n + 1) * size).flat(),
    )
    const chunks = groups.map((rows, n) => {
      kept.set(`/chunk/${queryId}/${n}`, rows)
      return {
        url: `${base}/chunk/${queryId}/${n}`,
        rowCount: rows.length,
        uncompressedSize: 1,
        compressedSize: 1,
      }
    })
    const rowtype = done.running.columns.map(({ name, type }) => ({
      name,
      type: wireType(type),
      nullable: true,
      scale: 0,
      precision: 38,
    }))
    const total = done.chunks.reduce((sum, rows) => sum + rows.length, 0)
    return {
      body: {
        success: true,
        data: {
          queryId,
          version: 1,
          statementTypeId: 4096,
          rowtype,
          rowset: first,
          chunks,
          total,
          returned: total,
          parameters: [],
        },
      },
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const at = error.line === null ? '' : `error line ${error.line} at position ${(error.column ?? 1) - 1}\n`
    const message = `SQL compilation error: ${at}${error.message}`
    return {
      body: {
        success: false,
        code: '001003',
        message,
        data: { queryId, sqlState: '42000', errorCode: '001003' },
      },
    }
  }
}

function wireType(type: string): string {
  if (/^(BIGINT|INTEGER|HUGEINT|DECIMAL)/.test(type)) return 'fixed'
  const known: Record<string, string> = {
    BOOLEAN: 'boolean',
    DATE: 'date',
    TIMESTAMP: 'timestamp_ntz',
    DOUBLE: 'real',
  }
  return known[type] ?? 'text'
}
