import { assertNever } from '../lib/assert-never.ts'
import type { Dialect } from './dialect.ts'

/** A name as an identifier of the dialect, exactly as it is written: case and blanks kept. */
export function quoteName(dialect: Dialect, name: string): string {
  switch (dialect) {
    case 'duckdb':
    case 'postgres':
    case 'redshift':
    case 'sqlite':
    case 'snowflake':
    case 'trino':
      return `"${name.replaceAll('"', '""')}"`
    case 'mysql':
    case 'databricks':
      return `\`${name.replaceAll('`', '``')}\``
    case 'bigquery':
    case 'clickhouse':
      return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
    default:
      return assertNever(dialect)
  }
}

/** A dotted name (`schema.table`, `project.dataset.table`), each part quoted. */
export function quotePath(dialect: Dialect, path: readonly string[]): string {
  return path.map((part) => quoteName(dialect, part)).join('.')
}
