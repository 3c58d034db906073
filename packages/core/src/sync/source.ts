import type { z } from 'zod'

/** A result column of a query. `type` is the warehouse's own name for it. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** Immutable files that hold the rows of one read, for the engine to take in bulk. */
export interface RowFiles {
  readonly format: 'parquet' | 'csv'
  readonly paths: readonly string[]
  readonly rows: number
}

export interface SourceCheck {
  readonly ok: boolean
  /** One sentence: what was reached, or what is wrong and what to do. */
  readonly message: string
}

/** A place where rows come from. One folder under connectors `sources/`, one contract suite for all. */
export interface Source<Config> {
  readonly name: string
  readonly title: string
  readonly config: z.ZodType<Config>
  /** Fields of the configuration that are encrypted at rest and never shown again. */
  readonly secrets: readonly string[]
  open(config: Config): Promise<OpenSource>
}

/**
 * Every method takes one read-only statement; the source enforces that it cannot write. A statement that the
 * database refuses is `invalid` with code `sql_error` and its position in `details[0].where` ("line 2, column 14"),
 * counted in the statement as given.
 */
export interface OpenSource {
  check(): Promise<SourceCheck>
  /** The result columns, without reading rows. */
  describe(sql: string): Promise<readonly Column[]>
  /** At most `limit` rows, every value as text or null, for people to look at. */
  preview(sql: string, limit: number): Promise<readonly Record<string, string | null>[]>
  /** Rows whose column, as text, equals the value; every value as text or null. */
  find(sql: string, column: string, value: string): Promise<readonly Record<string, string | null>[]>
  /**
   * Writes the named columns of all rows, each cast to text, into files in `directory` (absolute, existing, empty).
   * All or nothing: a read that fails leaves no file and throws; a partial read is never returned.
   */
  extract(sql: string, columns: readonly string[], directory: string, signal: AbortSignal): Promise<RowFiles>
  close(): Promise<void>
}
