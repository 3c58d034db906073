import type { z } from 'zod'
import type { Dialect } from './dialect.ts'
import type { WarehouseOptions, WarehouseSession } from './warehouse.ts'

/** A result column of a query. `type` is the warehouse's own name for it. */
export interface Column {
  readonly name: string
  readonly type: string
}

/**
 * Immutable files, one at least, that hold the rows of one read, for the engine to take in bulk; `rowFilesSql` (row-files.ts) names
 * them to DuckDB. A `csv` file is UTF-8 and has no head line: its fields are the `columns` in their order, split by
 * commas, null a bare `\N`, each row ended by a line feed. A value may stand in double quotes (one within it is doubled),
 * and does where it holds a comma, a quote or a line break, where it is `\N`, and where it is empty and the only one.
 *
 * A `copy_text` file, of two columns at least, is what PostgreSQL's COPY writes by itself, half as fast again as CSV: tabs between the
 * fields, null a bare `\N`, and a backslash with a letter for a control character, with another for itself
 * (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format").
 */
export type RowFiles =
  | { readonly format: 'parquet'; readonly paths: readonly string[]; readonly rows: number }
  | {
      readonly format: 'csv' | 'copy_text'
      readonly columns: readonly string[]
      readonly paths: readonly string[]
      readonly rows: number
    }

export interface SourceCheck {
  readonly ok: boolean
  /** One sentence: what was reached, or what is wrong and what to do. */
  readonly message: string
  /** What is dangerous though it works, a sentence each with its remedy: a role that can write, no TLS. */
  readonly warnings: readonly string[]
}

/** A table or view that a model could read. `schema` is as a FROM item writes it, `a.b` where it has two levels. */
export interface CatalogTable {
  /** Null where the source has no schemas. */
  readonly schema: string | null
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly columns: readonly Column[]
}

/** What can be read, by schema and name. */
export interface Catalog {
  readonly tables: readonly CatalogTable[]
  /** False where there are more than `catalogLimit` tables and the rest is left out. */
  readonly complete: boolean
}

/** Tables that one `browse` gives at most. */
export const catalogLimit = 5_000

/** A place where rows come from. One folder under connectors `sources/`, one contract suite for all. */
export interface Source<Config> {
  readonly name: string
  readonly title: string
  readonly config: z.ZodType<Config>
  /** Fields of the configuration that are encrypted at rest and never shown again. */
  readonly secrets: readonly string[]
  /** The SQL that its models are written in. */
  readonly dialect: Dialect
  /** Proves nothing by itself: a host that cannot be reached is told by the first operation. */
  open(config: Config): Promise<OpenSource>
}

/**
 * Every method that takes SQL takes one read-only statement; the database itself enforces that it cannot write, by a
 * read-only session, transaction or role, never by a look at the text alone. What is thrown:
 *
 * | kind, code                    | when                                                                        |
 * |-------------------------------|-----------------------------------------------------------------------------|
 * | invalid `sql_error`           | the database refuses the statement; its place in `details[0].where`         |
 * |                               | ("line 2, column 14", as far as the database tells), counted as given       |
 * | transient `statement_timeout` | it ran longer than the source's `statement_timeout`, or too long to look at |
 * | transient `read_aborted`      | the signal was aborted                                                      |
 * | transient `connection_lost`   | the connection broke on the way                                             |
 * | transient `unreachable`       | nothing answers at the address                                              |
 * | denied `login_refused`        | the database refuses the credentials                                        |
 * | invalid `no_driver`           | the driver package is not installed                                         |
 */
export interface OpenSource {
  /** Whether it can be read. Never throws: what is wrong is the message of a check that is not `ok`. */
  check(): Promise<SourceCheck>
  /** The tables and views that can be read, by schema and name, at most `catalogLimit`. */
  browse(signal: AbortSignal): Promise<Catalog>
  /** The result columns, without reading rows. */
  describe(sql: string): Promise<readonly Column[]>
  /** At most `limit` rows, every value as text or null, for people to look at. */
  preview(sql: string, limit: number): Promise<readonly Record<string, string | null>[]>
  /** Rows whose column, as text, equals the value, at most 100; every value as text or null. */
  find(sql: string, column: string, value: string): Promise<readonly Record<string, string | null>[]>
  /**
   * Writes the named columns of all rows, each cast to text, into files in `directory` (absolute, existing, empty).
   * The text of a value is the same as in `preview`; null and '' stay apart. All or nothing: a read that fails leaves
   * no file and throws; a partial read is never returned. No row becomes an object; memory does not grow with rows.
   */
  extract(sql: string, columns: readonly string[], directory: string, signal: AbortSignal): Promise<RowFiles>
  /**
   * Of a source that DuckDB reads: runs one COPY of the engine's, which `copy` makes from the FROM item of the rows that `extract`
   * would write, so that they are written once. It may write to `directory` only (absolute, existing, empty), and nothing stays there
   * when it fails. Returns how many rows were written.
   */
  readonly copyOut?: (
    sql: string,
    columns: readonly string[],
    copy: (rows: string) => string,
    directory: string,
    signal: AbortSignal,
  ) => Promise<number>
  /**
   * The SELECT whose rows `extract` would give: the named columns under their names, each cast to the same text. For
   * statements that the database computes over a model (compile/), which `extract` then runs as it runs a model.
   */
  selectText(sql: string, columns: readonly string[]): Promise<string>
  /**
   * Does the work in a session in which the warehouse compares by itself (engine `warehouse`), and closes it. Absent where
   * the source cannot. `denied` `engine_not_granted` where its role may not make tables of ours, with the grant in the hint.
   */
  readonly inWarehouse?: <T>(
    options: WarehouseOptions,
    work: (session: WarehouseSession) => Promise<T>,
  ) => Promise<T>
  close(): Promise<void>
}
