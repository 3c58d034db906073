import type { RowFiles } from './source.ts'

export interface WarehouseOptions {
  readonly signal: AbortSignal
  /** Files are loaded from there, and extracted to folders in it. */
  readonly directory: string
}

/**
 * A session in which the warehouse itself compares a model with what was accepted, in tables of ours. The model's rows are
 * never written and, where the database can enforce it, cannot be.
 */
export interface WarehouseSession {
  /** The full name, quoted, of a table of ours that stays. */
  readonly stays: (name: string) => string
  /** The same of one that no other session has and that is gone when this one ends; asked for once. */
  readonly passes: (name: string) => string
  /** The names of the tables of ours that stay and begin so. */
  tables(prefix: string): Promise<readonly string[]>
  /** One statement of ours. */
  run(sql: string): Promise<void>
  /** A table that passes has been filled: the database looks at what is in it, where it plans by that and not by itself. */
  filled(table: string): Promise<void>
  /** Appends rows, whose columns are those of the table in their order. */
  load(table: string, rows: RowFiles & { readonly format: 'csv' }): Promise<void>
  /** What was done so far stands; from here on the session reads one state of the model, and writes only tables that pass. */
  settle(): Promise<void>
  /** Writes the rows of a SELECT whose columns are text into files in an existing, empty directory. */
  extract(sql: string, columns: readonly string[], directory: string): Promise<RowFiles>
}
