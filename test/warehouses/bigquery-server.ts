import { createVerify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Engine, Refused, type Running } from './duckdb-engine.ts'
import { type Answer, type LocalServer, openServer, withinMoment } from './local-server.ts'
import { toDuckdb } from './spelling.ts'

interface Job {
  readonly cancel: AbortController
  readonly started: Promise<Running>
  page: ReturnType<Running['next']> | null
}

interface Asked {
  readonly configuration: {
    readonly dryRun?: boolean
    readonly query: {
      readonly query: string
      readonly queryParameters?: readonly { readonly parameterValue: { readonly value: string } }[]
    }
  }
  readonly jobReference: { readonly jobId: string }
}

/**
 * BigQuery's REST API (https://cloud.google.com/bigquery/docs/reference/rest) over DuckDB: dry runs, jobs, pages of
 * results, cancellation, errors, permissions. A token counts whose signature the public key proves; an account whose
 * name begins with `writer` may write.
 */
export async function openBigqueryServer(engine: Engine, publicKey: string): Promise<LocalServer> {
  const jobs = new Map<string, Job>()
  return openServer(async (request, url, body) => {
    const user = userOf(request, publicKey)
    if (user === null) return refusal(401, 'authError', 'Invalid Credentials')
    const path = url.pathname.replace(/^\/bigquery\/v2\/projects\/[^/]+/, '')
    if (path.endsWith(':testIamPermissions')) {
      return { body: user.startsWith('writer') ? { permissions: ['bigquery.tables.updateData'] } : {} }
    }
    if (request.method === 'POST' && path === '/jobs') return start(engine, JSON.parse(body.toString()), jobs)
    const [, kind, id = '', verb] = path.split('/')
    const job = jobs.get(id)
    if (!job) return refusal(404, 'notFound', `Not found: ${path}`)
    if (kind === 'jobs' && verb === 'cancel') {
      job.cancel.abort()
      return { body: { job: { jobReference: { jobId: id } } } }
    }
    return page(job)
  })
}

async function start(engine: Engine, asked: Asked, jobs: Map<string, Job>): Promise<Answer> {
  const { dryRun, query } = asked.configuration
  const sql = toDuckdb(query.query, { doubleQuotedText: true }).replace(
    /"[^"]*"\.INFORMATION_SCHEMA\./g,
    'information_schema.',
  )
  const status = { state: dryRun ? 'DONE' : 'RUNNING' }
  if (dryRun) {
    try {
      const running = await engine.run(`select * from (${sql}\n) limit 0`)
      running.close()
      const statistics = { query: { statementType: 'SELECT', schema: { fields: fieldsOf(running) } } }
      return { body: { jobReference: asked.jobReference, status, statistics } }
    } catch (error) {
      return refused(error)
    }
  }
  const values = (query.queryParameters ?? []).map(({ parameterValue }) => parameterValue.value)
  const cancel = new AbortController()
  const started = engine.run(sql, { values, signal: cancel.signal })
  started.catch(() => {})
  jobs.set(asked.jobReference.jobId, { started, page: null, cancel })
  return { body: { jobReference: asked.jobReference, status } }
}

async function page(job: Job): Promise<Answer> {
  try {
    const running = await withinMoment(job.started)
    if (!running) return { body: { jobComplete: false } }
    job.page ??= running.next()
    const found = await withinMoment(job.page.then((rows) => ({ rows })))
    if (!found) return { body: { jobComplete: false } }
    job.page = null
    const schema = { fields: fieldsOf(running) }
    if (!found.rows) return { body: { jobComplete: true, schema } }
    const rows = found.rows.map((row) => ({ f: row.map((v) => ({ v })) }))
    return { body: { jobComplete: true, schema, rows, pageToken: 'more' } }
  } catch (error) {
    return refused(error)
  }
}

function fieldsOf(running: Running): object[] {
  const known: Record<string, string> = { VARCHAR: 'STRING', BIGINT: 'INTEGER', INTEGER: 'INTEGER' }
  return running.columns.map(({ name, type }) => ({
    name,
    type: known[type] ?? type.replace(/^DECIMAL.*/, 'NUMERIC'),
  }))
}

function refused(error: unknown): Answer {
  if (!(error instanceof Refused)) throw error
  const place = error.line === null ? '' : ` at [${error.line}:${error.column ?? 1}]`
  return refusal(400, 'invalidQuery', `${error.message}${place}`)
}

function refusal(code: number, reason: string, message: string): Answer {
  return { status: code, body: { error: { code, message, errors: [{ reason, message, domain: 'global' }] } } }
}

function userOf(request: IncomingMessage, publicKey: string): string | null {
  const [header = '', claims = '', signature = ''] = (request.headers.authorization ?? '')
    .replace(/^Bearer /, '')
    .split('.')
  const isProven = createVerify('RSA-SHA256')
    .update(`${header}.${claims}`)
    .verify(publicKey, signature, 'base64url')
  return isProven ? String(JSON.parse(Buffer.from(claims, 'base64url').toString()).sub) : null
}
