import { DuckDBInstance } from '@duckdb/node-api'
import type { Person } from '@muster/connectors/conformance/source-setup.ts'

/** DuckDB behind a server that speaks a warehouse's protocol. It runs whatever it is asked, writes as well. */
export interface Engine {
  run(sql: string, options?: RunOptions): Promise<Running>
  close(): void
}

export interface RunOptions {
  readonly values?: readonly string[]
  /** Who asks: `writer` is granted INSERT, which `information_schema.table_privileges` shows, and others' grants too. */
  readonly user?: string
  /** Ends the statement wherever it is; its rows then fail. */
  readonly signal?: AbortSignal
}

export interface Running {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** The next rows as text, null at the end. Null values stay null. */
  next(): Promise<readonly (readonly (string | null)[])[] | null>
  close(): void
}

/** What DuckDB says of a statement: the sentence, and the place from 1 where it names one. */
export class Refused extends Error {
  readonly line: number | null
  readonly column: number | null
  constructor(text: string) {
    const lines = text.split('\n')
    const at = lines.findIndex((line) => /^LINE \d+: /.test(line))
    super(
      lines
        .slice(0, at === -1 ? lines.length : at)
        .join(' ')
        .trim(),
    )
    const head = /^LINE (\d+): /.exec(lines[at] ?? '')
    const caret = lines[at + 1]?.indexOf('^') ?? -1
    this.line = head ? Number(head[1]) : null
    this.column = head && caret !== -1 ? caret - head[0].length + 1 : null
  }
}

/** Some chunks of DuckDB make a page. */
const pageRows = 10_000

/** A database with the people of the suite in the table `customers`. */
export async function openEngine(people: readonly Person[]): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' })
  const connection = await instance.connect()
  await connection.run('create table customers (id varchar, crm_id varchar, city varchar)')
  for (const { id, crm_id, city } of people) {
    await connection.run('insert into customers values ($1, $2, $3)', [id, crm_id, city])
  }
  await connection.run('create macro to_varchar(value) as cast(value as varchar)')
  await connection.run("set time_zone = 'UTC'").catch(() => {})
  await connection.run('set enable_external_access = false')
  connection.closeSync()
  return {
    run: (sql, options = {}) => start(instance, sql, options).catch(refuse),
    close: () => instance.closeSync(),
  }
}

async function start(instance: DuckDBInstance, sql: string, options: RunOptions): Promise<Running> {
  const connection = await instance.connect()
  const interrupt = (): void => connection.interrupt()
  options.signal?.addEventListener('abort', interrupt, { once: true })
  try {
    options.signal?.throwIfAborted()
    const text = withPrivileges(sql, options.user ?? '')
    const statements = await connection.extractStatements(text)
    // Every one of the five refuses more than one statement in a request (BigQuery calls it a script).
    if (statements.count !== 1) throw new Error(`Parser Error: ${statements.count} statements in one request`)
    const result = await connection.stream(text, [...(options.values ?? [])])
    const types = result.columnTypes()
    let buffered = await nextRows()
    async function nextRows(): Promise<(string | null)[][] | null> {
      const rows: (string | null)[][] = []
      while (rows.length < pageRows) {
        const chunk = await result.fetchChunk()
        if (!chunk || chunk.rowCount === 0) break
        for (const row of chunk.getRows())
          rows.push(row.map((value) => (value === null ? null : String(value))))
      }
      return rows.length === 0 ? null : rows
    }
    return {
      columns: result.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
      next: async () => {
        const rows = buffered
        if (rows) buffered = await nextRows().catch(refuse)
        return rows
      },
      close: () => {
        options.signal?.removeEventListener('abort', interrupt)
        connection.closeSync()
      },
    }
  } catch (error) {
    options.signal?.removeEventListener('abort', interrupt)
    connection.closeSync()
    throw error
  }
}

function withPrivileges(sql: string, user: string): string {
  const grant = `'main' as table_schema, 'customers' as table_name, 'INSERT' as privilege_type`
  const grants = `(select 'another' as grantee, ${grant} union all select 'writer', ${grant})`
  return sql
    .replace(/\binformation_schema\.table_privileges\b/i, grants)
    .replace(/\bis_role_in_session\(grantee\)/i, `grantee = '${user}'`)
}

function refuse(error: unknown): never {
  throw new Refused(error instanceof Error ? error.message : String(error))
}
