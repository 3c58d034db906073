import { denied, invalid, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Column } from '@muster/core/sync/source.ts'
import { notOneSelect } from '@muster/core/sync/sql-text.ts'
import { type Deadline, type Timeouts, timedOut } from '../deadline.ts'
import { hasFunctions, loadShaped } from '../driver-shape.ts'
import type { TextRows } from '../row-file.ts'
import { proveAddress } from '../warehouse-address.ts'
import { type Query, refusedSql, untilAborted, type Warehouse } from '../warehouse-reader.ts'
import { type Account, accountOf, selfSignedToken } from './account.ts'
import type { Config } from './index.ts'

/** What is used of `@google-cloud/bigquery`. */
interface Driver {
  readonly BigQuery: new (options: object) => Client
}
interface Client {
  createQueryJob(options: object): Promise<readonly [Job, unknown]>
  request(options: object, done: (error: unknown, body: unknown) => void): void
}
interface Job {
  readonly id: string
  cancel(): Promise<unknown>
}

export interface Session extends Warehouse {
  readonly email: string
  mayWrite(dataset: string, table: string, deadline: Deadline): Promise<boolean>
}

/** Rows that a page has at most; BigQuery itself ends a page at some 10 MB. */
const rowsAtOnce = 50_000

export function openBigquery(config: Config, timeouts: Timeouts): Session {
  const found = accountOf(config.credentials)
  if (!found.ok) throw invalid('bad_config', `the credentials ${found.reason}`)
  const { account } = found
  let opened: Promise<Client> | null = null
  const client = (): Promise<Client> => {
    opened ??= connect(config, account).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const ask = async (request: object, deadline: Deadline): Promise<{ readonly [key: string]: unknown }> => {
    const open = await untilAborted(client(), deadline.signal)
    const answer = new Promise<unknown>((resolve, reject) =>
      open.request(request, (error, body) => (error ? reject(error) : resolve(body))),
    )
    const body = await untilAborted(answer, deadline.signal)
    return isObject(body) ? body : {}
  }
  const job = async ({ sql, value }: Query, deadline: Deadline, dryRun: boolean) => {
    const open = await untilAborted(client(), deadline.signal)
    return untilAborted(
      open.createQueryJob({
        query: sql,
        ...(value === undefined ? {} : { params: [value] }),
        ...(config.dataset === undefined
          ? {}
          : { defaultDataset: { projectId: config.project, datasetId: config.dataset } }),
        location: config.location,
        useLegacySql: false,
        dryRun,
        ...(dryRun ? {} : { jobTimeoutMs: deadline.ms }),
      }),
      deadline.signal,
    )
  }
  return {
    dialect: 'bigquery',
    timeouts,
    placeholder: '?',
    email: account.email,
    asText: textOf,
    columns: async (sql, deadline) => {
      const [, answer] = await job({ sql }, deadline, true)
      return planned(answer)
    },
    rows: async function* (query, deadline): AsyncGenerator<TextRows> {
      const [running] = await job(query, deadline, false)
      let isDone = false
      try {
        let pageToken: unknown
        do {
          const page = await ask(
            {
              uri: `/queries/${running.id}`,
              qs: {
                location: config.location,
                maxResults: rowsAtOnce,
                timeoutMs: 10_000,
                ...(pageToken === undefined ? {} : { pageToken }),
              },
            },
            deadline,
          )
          if (page.jobComplete === false) continue
          pageToken = page.pageToken
          isDone = pageToken === undefined
          yield rowsOf(page.rows)
        } while (!isDone)
      } finally {
        if (!isDone) await running.cancel().catch(() => {})
      }
    },
    serverError: (error) => serverError(error, timeouts),
    mayWrite: async (dataset, table, deadline) => {
      const { permissions } = await ask(
        {
          method: 'POST',
          uri: `/datasets/${dataset}/tables/${table}:testIamPermissions`,
          json: { permissions: ['bigquery.tables.updateData', 'bigquery.tables.delete'] },
        },
        deadline,
      )
      return Array.isArray(permissions) && permissions.length > 0
    },
  }
}

/** A token is signed anew half an hour before it ends. */
function tokenOf(account: Account): () => string {
  let token = ''
  let freshUntil = 0
  return () => {
    const now = Math.floor(Date.now() / 1000)
    if (now < freshUntil) return token
    token = selfSignedToken(account, now)
    freshUntil = now + 1_800
    return token
  }
}

async function connect(config: Config, account: Account): Promise<Client> {
  const token = tokenOf(account)
  const isDriver = (value: unknown): value is Driver => hasFunctions(value, 'BigQuery')
  const { BigQuery } = await loadShaped('@google-cloud/bigquery', isDriver)
  const endpoint = config.endpoint ?? 'https://bigquery.googleapis.com'
  await proveAddress(new URL(endpoint).hostname.replace(/^\[|\]$/g, ''))
  return new BigQuery({
    projectId: config.project,
    apiEndpoint: endpoint,
    useAuthWithCustomEndpoint: true,
    // A server that does not answer is asked three times within some seconds.
    retryOptions: { autoRetry: true, maxRetries: 2, retryDelayMultiplier: 1.5 },
    // Nothing of the environment, of files or of metadata services is looked at for credentials.
    authClient: { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token()}` }) },
  })
}

/** The columns of a dry run, in which BigQuery says what kind of statement it is. */
function planned(answer: unknown): Column[] {
  const query = isObject(answer) && isObject(answer.statistics) ? answer.statistics.query : null
  if (!isObject(query)) throw transient('read_failed', 'BigQuery gave no plan of the statement')
  if (query.statementType !== 'SELECT') throw notOneSelect(`BigQuery calls it ${query.statementType}`)
  const fields = isObject(query.schema) && Array.isArray(query.schema.fields) ? query.schema.fields : []
  return fields.filter(isObject).map(({ name, type, mode }) => ({
    name: String(name),
    type: mode === 'REPEATED' ? `ARRAY<${type}>` : String(type),
  }))
}

/** `{ f: [{ v }] }` a row. */
function rowsOf(rows: unknown): TextRows {
  if (!Array.isArray(rows)) return []
  return rows.map((row) => {
    const cells = isObject(row) && Array.isArray(row.f) ? row.f : []
    return cells.map((cell) => (isObject(cell) && typeof cell.v === 'string' ? cell.v : null))
  })
}

function textOf(column: string, type: string): string {
  if (type === 'STRING') return column
  if (type === 'BYTES') return `to_hex(${column})`
  if (type === 'GEOGRAPHY') return `st_astext(${column})`
  return /^(ARRAY|RECORD|STRUCT|JSON)/.test(type) ? `to_json_string(${column})` : `cast(${column} as string)`
}

/** https://cloud.google.com/bigquery/docs/error-messages */
function serverError(error: unknown, timeouts: Timeouts): Error | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return null
  const [first] = 'errors' in error && Array.isArray(error.errors) ? error.errors : []
  const reason = isObject(first) ? String(first.reason) : ''
  const message = isObject(first) && typeof first.message === 'string' ? first.message : error.message
  if (reason === 'timeout' || /Job timed out|timeoutMs/i.test(message))
    return timedOut(timeouts.extract, error)
  if (error.code === 401) {
    return denied('login_refused', 'BigQuery refuses the credentials', {
      hint: 'Correct `credentials` in the source, or give the account roles/bigquery.jobUser.',
    })
  }
  if (
    error.code === 429 ||
    error.code >= 500 ||
    /^(rateLimitExceeded|quotaExceeded|backendError|stopped)$/.test(reason)
  ) {
    return transient('read_failed', `BigQuery gave the read up: ${message}`, { cause: error })
  }
  const at = /\[(\d+):(\d+)\]/.exec(message)
  return refusedSql(
    message.replace(/ at \[\d+:\d+\]/, ''),
    at ? { line: Number(at[1]), column: Number(at[2]) } : null,
  )
}
