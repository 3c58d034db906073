import { assertNever } from '../../lib/assert-never.ts'
import type { CompiledDialect } from './speech.ts'

/** The two tables that a warehouse is given of what a sync has done, by their names in our schema there. */
export const ledgerTables = { run: 'ledger_run', change: 'ledger_change' } as const
export type LedgerTable = keyof typeof ledgerTables

type ColumnType = 'key' | 'word' | 'text' | 'int' | 'time'

interface LedgerColumn {
  readonly name: string
  readonly type: ColumnType
}

const column = (type: ColumnType, ...names: readonly string[]): readonly LedgerColumn[] =>
  names.map((name) => ({ name, type }))

/**
 * The columns in the order in which rows are loaded. `run_id` is a run's own among all that copy into one schema; a run
 * stands in `ledger_run` once all its changes stand in `ledger_change`. Times are UTC.
 */
export const ledgerColumns: Readonly<Record<LedgerTable, readonly LedgerColumn[]>> = {
  run: [
    ...column('key', 'run_id'),
    ...column('word', 'sync'),
    ...column('int', 'run'),
    ...column('word', 'kind', 'status', 'destination'),
    ...column('text', 'cohort_id'),
    ...column('time', 'started_at', 'finished_at'),
    ...column('int', 'rows_read', 'members', 'rows_without_identifier', 'rows_invalid', 'rows_duplicate'),
    ...column('int', 'added', 'removed', 'unchanged', 'reasserted'),
    ...column('int', 'planned', 'accepted', 'rejected', 'pending', 'requests'),
    ...column('text', 'message'),
  ],
  change: [
    ...column('key', 'run_id'),
    ...column('int', 'n'),
    ...column('word', 'sync'),
    ...column('int', 'run'),
    ...column('word', 'operation', 'identifier_kind'),
    ...column('text', 'identifier_label', 'identifier_value', 'row_key'),
    ...column('int', 'batch'),
    ...column('word', 'status'),
    ...column('int', 'attempts'),
    ...column('text', 'answer', 'request_id'),
    ...column('time', 'settled_at'),
  ],
}

/** What makes a row of each table the only one of its kind. */
const keys: Readonly<Record<LedgerTable, readonly string[]>> = { run: ['run_id'], change: ['run_id', 'n'] }

interface LedgerWords {
  readonly types: Readonly<Record<ColumnType, string>>
  /** Where columns are not null unless they say so. */
  readonly nullable?: (type: string) => string
  /** How the table holds to its key, where the database does; behind the columns, and behind the parenthesis. */
  readonly key?: (columns: string) => string
  readonly end?: (columns: string) => string
  /** What a time has behind its milliseconds. */
  readonly zone: string
}

const primaryKey = (columns: string): string => `, primary key (${columns})`
const one = (text: string): Pick<Record<ColumnType, string>, 'key' | 'word' | 'text'> => ({
  key: text,
  word: text,
  text,
})

/** The words of a dialect. DuckDB keeps no key: only one session writes its file, and an index would cost each of them. */
function wordsOf(dialect: CompiledDialect): LedgerWords {
  switch (dialect) {
    case 'duckdb':
      return { types: { ...one('varchar'), int: 'bigint', time: 'timestamptz' }, zone: '+00:00' }
    case 'postgres':
      return {
        types: { ...one('text'), int: 'bigint', time: 'timestamptz' },
        key: primaryKey,
        zone: '+00:00',
      }
    case 'redshift':
      return { types: { ...one('varchar(65535)'), int: 'bigint', time: 'timestamptz' }, zone: '+00:00' }
    case 'mysql': {
      const text = (type: string): string => `${type} character set utf8mb4 collate utf8mb4_bin`
      const types = {
        key: 'varchar(32) character set ascii',
        word: text('varchar(255)'),
        text: text('mediumtext'),
      }
      return { types: { ...types, int: 'bigint', time: 'datetime(3)' }, key: primaryKey, zone: '' }
    }
    case 'snowflake':
      return { types: { ...one('varchar'), int: 'bigint', time: 'timestamp_tz' }, zone: '+00:00' }
    case 'bigquery':
      return { types: { ...one('string'), int: 'int64', time: 'timestamp' }, zone: '+00:00' }
    case 'databricks':
      return { types: { ...one('string'), int: 'bigint', time: 'timestamp' }, zone: '+00:00' }
    case 'clickhouse':
      return {
        types: { ...one('String'), int: 'Int64', time: "DateTime64(3, 'UTC')" },
        nullable: (type) => `Nullable(${type})`,
        end: (columns) => ` engine = ReplacingMergeTree order by (${columns})`,
        zone: '',
      }
    case 'trino':
      return {
        types: { ...one('varchar'), int: 'bigint', time: 'timestamp(3) with time zone' },
        zone: '+00:00',
      }
    default:
      return assertNever(dialect)
  }
}

/** Creates a table where it is not there yet; `name` is its full name, quoted. */
export function createLedgerTableSql(dialect: CompiledDialect, table: LedgerTable, name: string): string {
  const { types, nullable = (type) => type, key, end } = wordsOf(dialect)
  const isKey = (one: LedgerColumn): boolean => keys[table].includes(one.name)
  const columns = ledgerColumns[table].map(
    (one) => `  ${one.name} ${isKey(one) ? types[one.type] : nullable(types[one.type])}`,
  )
  const of = keys[table].join(', ')
  return `create table if not exists ${name} (\n${columns.join(',\n')}${key?.(of) ?? ''}\n)${end?.(of) ?? ''}`
}

/** Takes out the rows of a run, so that a copy that was broken off is begun anew. `runId` is hexadecimal. */
export function forgetCopiedRunSql(name: string, runId: string): string {
  return `delete from ${name} where run_id = '${runId.replaceAll(/[^0-9a-f]/g, '')}'`
}

/** What stands behind the milliseconds of a time that is loaded: `2026-11-26 07:00:00.123` and this. */
export function ledgerZone(dialect: CompiledDialect): string {
  return wordsOf(dialect).zone
}
