import { adviceOf, invalid, MusterError } from '@muster/core/lib/error.ts'
import type { Dialect } from '@muster/core/sync/dialect.ts'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import type { Column, OpenSource } from '@muster/core/sync/source.ts'
import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'
import { type Deadline, openDeadline, type Timeouts } from './deadline.ts'
import { networkError } from './network-error.ts'
import { allOrNothing, diskError, type TextRows, writeRowFile } from './row-file.ts'

/** A statement of ours, and the text that is bound to its only placeholder. */
export interface Query {
  readonly sql: string
  readonly value?: string
}

/**
 * What a warehouse behind an HTTP driver does in its own way. Its `rows` and `columns` end when the deadline comes, and
 * then cancel the statement at the server; they throw whatever the driver throws.
 */
export interface Warehouse {
  readonly dialect: Dialect
  readonly timeouts: Timeouts
  /** Where the bound value of a `Query` stands in its SQL. */
  readonly placeholder: string
  /** The column as text, given its quoted name and its type. */
  asText(column: string, type: string): string
  /** The result columns of a statement, without reading rows. */
  columns(sql: string, deadline: Deadline): Promise<readonly Column[]>
  /** The rows of a SELECT whose every column is text. */
  rows(query: Query, deadline: Deadline): AsyncIterable<TextRows>
  /** What the server says of a statement, as `sql_error` and the like; null where it is none of its answers. */
  serverError(error: unknown): Error | null
}

/** Lines of ours before the user's statement: what an error's line is counted less by. */
export const linesBefore = 1

/**
 * The statement in brackets, from a line of its own on. A warehouse takes one statement a request, so a statement of
 * ours that begins with SELECT stays one SELECT whatever stands within the brackets.
 */
function modelOf(sql: string, dialect: Dialect): string {
  return `(\n${bodyOfStatement(sql, dialect)}\n) muster_model`
}

export function warehouseReader(
  warehouse: Warehouse,
): Pick<OpenSource, 'describe' | 'preview' | 'find' | 'extract' | 'selectText'> {
  const { dialect, timeouts } = warehouse
  const quote = (name: string): string => quoteName(dialect, name)
  const text = (column: Column): string => warehouse.asText(quote(column.name), column.type)
  const list = (columns: readonly Column[]): string =>
    columns.map((column) => `${text(column)} as ${quote(column.name)}`).join(', ')
  /** Each statement has its own time. */
  const timed = <T>(work: (deadline: Deadline) => Promise<T>): Promise<T> =>
    withDeadline(warehouse, openDeadline(timeouts.look), work)
  const columnsOf = (from: string): Promise<readonly Column[]> =>
    timed((deadline) => warehouse.columns(`select * from ${from}`, deadline))
  return {
    describe: async (sql) => columnsOf(modelOf(sql, dialect)),
    preview: async (sql, limit) => {
      const from = modelOf(sql, dialect)
      const columns = await columnsOf(from)
      const select = `select ${list(columns)} from ${from} limit ${limit}`
      return timed((deadline) => objects(columns, warehouse.rows({ sql: select }, deadline)))
    },
    find: async (sql, column, value) => {
      const from = modelOf(sql, dialect)
      const columns = await columnsOf(from)
      const wanted = text(columnNamed(column, columns))
      const select = `select ${list(columns)} from ${from} where ${wanted} = ${warehouse.placeholder} limit 100`
      return timed((deadline) => objects(columns, warehouse.rows({ sql: select, value }, deadline)))
    },
    extract: (sql, names, directory, signal) =>
      allOrNothing(directory, () =>
        withDeadline(warehouse, openDeadline(timeouts.extract, signal), async (deadline) => {
          const { sql: select } = await selectOf(warehouse, sql, names, deadline)
          const rows = warehouse.rows({ sql: select }, deadline)
          return writeRowFile({ directory, columns: names, signal: deadline.signal }, rows)
        }),
      ),
    selectText: async (sql, names) =>
      (await timed((deadline) => selectOf(warehouse, sql, names, deadline))).sql,
  }
}

/** The SELECT of an extraction: the named columns of the statement, each as text under the name that was asked for. */
export async function selectOf(
  warehouse: Warehouse,
  sql: string,
  names: readonly string[],
  deadline: Deadline,
): Promise<Query> {
  const from = modelOf(sql, warehouse.dialect)
  const columns = await warehouse.columns(`select * from ${from}`, deadline)
  const items = names.map((name) => {
    const { name: spelt, type } = columnNamed(name, columns)
    return `${warehouse.asText(quoteName(warehouse.dialect, spelt), type)} as ${quoteName(warehouse.dialect, name)}`
  })
  return { sql: `select ${items.join(', ')} from ${from}` }
}

/** Does the work, and says what went wrong in a source's own errors. */
export async function withDeadline<T>(
  warehouse: Pick<Warehouse, 'serverError'>,
  deadline: Deadline,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  try {
    deadline.signal.throwIfAborted()
    return await work(deadline)
  } catch (error) {
    if (error instanceof MusterError) throw error
    throw (
      deadline.reason() ?? diskError(error) ?? warehouse.serverError(error) ?? networkError(error) ?? error
    )
  }
}

/**
 * A column by its name; where the letters' case alone differs and one column answers, that one: Snowflake makes unquoted
 * names upper case.
 */
function columnNamed(name: string, columns: readonly Column[]): Column {
  const exact = columns.find((column) => column.name === name)
  const alike = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  const found = exact ?? (alike.length === 1 ? alike[0] : undefined)
  if (found) return found
  throw invalid('sql_error', `the statement gives no column ${name}`, {
    hint: `It gives ${columns.map((column) => column.name).join(', ')}.`,
  })
}

async function objects(
  columns: readonly Column[],
  chunks: AsyncIterable<TextRows>,
): Promise<Record<string, string | null>[]> {
  const found: Record<string, string | null>[] = []
  for await (const chunk of chunks) {
    for (const row of chunk) {
      found.push(Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])))
    }
  }
  return found
}

/** Waits for a driver's promise no longer than the signal lets it; what the driver then still gives is dropped. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** `invalid('sql_error')`, with the place in the user's own lines where the server tells it. */
export function refusedSql(
  message: string,
  at: { readonly line: number; readonly column: number } | null,
): Error {
  const line = at === null ? 0 : at.line - linesBefore
  const sentence = message.replace(/\s+/g, ' ').trim()
  return invalid('sql_error', `the database refuses the SQL: ${sentence}`, {
    hint: 'Mend the SQL of the model, then try again.',
    ...(at !== null && line > 0
      ? { details: [{ where: `line ${line}, column ${at.column}`, message: sentence }] }
      : {}),
  })
}

/** The message of a check that failed. */
export function failedCheck(error: unknown, warnings: readonly string[]) {
  return { ok: false, message: adviceOf(error), warnings }
}
