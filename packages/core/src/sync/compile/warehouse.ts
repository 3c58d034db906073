import { quoteName } from '../quote-name.ts'
import { identifySql, type TextModel } from './identify.ts'
import { type CompiledDialect, speechOf } from './speech.ts'

/** The tables of a comparison, as SQL names them. */
export interface ComparisonTables {
  /** What the destination has accepted: namespace, value, row_key, sure (1 or 0). */
  readonly state: string
  /** The model's identifiers, each once: fate, namespace, value, the least row_key, row_count. */
  readonly member: string
  /** What differs: difference (fresh, gone, moved, again), namespace, value, row_key. */
  readonly change: string
}

/** How a table of ours says its types. Texts are compared and ordered by their bytes (`Speech.exact`). */
interface TableWords {
  readonly text: string
  readonly rowKey: string
  readonly int: string
  /** After the columns. */
  readonly end: (order: string) => string
}

const nothing = (): string => ''

const wordsOf: Readonly<Record<CompiledDialect, TableWords>> = {
  duckdb: { text: 'varchar', rowKey: 'varchar', int: 'bigint', end: nothing },
  postgres: { text: 'text collate "C"', rowKey: 'text collate "C"', int: 'bigint', end: nothing },
  redshift: { text: 'varbyte(4000)', rowKey: 'varbyte(64000)', int: 'bigint', end: nothing },
  mysql: { text: 'varbinary(1000)', rowKey: 'varbinary(8000)', int: 'bigint', end: nothing },
  snowflake: { text: 'varchar', rowKey: 'varchar', int: 'bigint', end: nothing },
  bigquery: { text: 'string', rowKey: 'string', int: 'int64', end: nothing },
  databricks: { text: 'string', rowKey: 'string', int: 'bigint', end: nothing },
  clickhouse: {
    text: 'String',
    rowKey: 'String',
    int: 'Int64',
    end: (order) => ` engine = MergeTree order by (${order})`,
  },
  trino: { text: 'varchar', rowKey: 'varchar', int: 'bigint', end: nothing },
}

/** Creates an empty table of the state, or of what is to be folded into one. `temporary`: `create temp table` and the like. */
export function createStateSql(dialect: CompiledDialect, table: string): string {
  const { text, rowKey, int, end } = wordsOf[dialect]
  const key = dialect === 'mysql' ? ', key (value, namespace)' : ''
  return `create table ${table} (namespace ${text}, value ${text}, row_key ${rowKey}, sure ${int}${key})${end('namespace, value')}`
}

/** Creates the empty tables that pass. */
export function createComparisonSql(
  dialect: CompiledDialect,
  { member, change }: Pick<ComparisonTables, 'member' | 'change'>,
): readonly string[] {
  const { text, rowKey, int, end } = wordsOf[dialect]
  const create = dialect === 'postgres' || dialect === 'duckdb' ? 'create temp table' : 'create table'
  const key = dialect === 'mysql' ? ', key (value, namespace)' : ''
  return [
    `${create} ${member} (fate ${int}, namespace ${text}, value ${text}, row_key ${rowKey}, row_count ${int}${key})${end('namespace, value')}`,
    `${create} ${change} (difference ${text}, namespace ${text}, value ${text}, row_key ${rowKey})${end('namespace, value')}`,
  ]
}

/** Fills `member`; one pass over the model. */
export function fillMembersSql(
  dialect: CompiledDialect,
  model: TextModel,
  { member }: ComparisonTables,
): string {
  return `insert into ${member} (fate, namespace, value, row_key, row_count)
select fate, namespace, value, min(row_key), count(*)
from (
${exactRowsSql(dialect, model)}
) model_row
group by fate, namespace, value`
}

/** Fills `change` with the new (or unsure), the moved and the gone. */
export function fillDifferencesSql(dialect: CompiledDialect, tables: ComparisonTables): string {
  const { state, member, change } = tables
  const word = (text: string): string => exactWord(dialect, text)
  const into = `insert into ${change} (difference, namespace, value, row_key)`
  // Of MySQL, which has no full join, and of ClickHouse, whose full join gives empty texts in place of nulls.
  if (dialect === 'mysql' || dialect === 'clickhouse') return `${into}\n${twoJoins(tables, word)}`
  return `${into}
select
  case
    when member.value is null then ${word('gone')}
    when accepted.value is null or accepted.sure = 0 then ${word('fresh')}
    else ${word('moved')}
  end,
  coalesce(member.namespace, accepted.namespace), coalesce(member.value, accepted.value),
  coalesce(member.row_key, accepted.row_key)
from (select namespace, value, row_key from ${member} where fate = 0) member
full join ${state} accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
where member.value is null or accepted.value is null or accepted.sure = 0 or accepted.row_key <> member.row_key`
}

function twoJoins({ state, member }: ComparisonTables, word: (text: string) => string): string {
  return `select
  case when coalesce(accepted.present, 0) = 0 or accepted.sure = 0 then ${word('fresh')} else ${word('moved')} end,
  member.namespace, member.value, member.row_key
from ${member} member
left join (select namespace, value, row_key, sure, 1 as present from ${state}) accepted
  on accepted.value = member.value and accepted.namespace = member.namespace
where member.fate = 0
  and (coalesce(accepted.present, 0) = 0 or accepted.sure = 0 or accepted.row_key <> member.row_key)
union all
select ${word('gone')}, accepted.namespace, accepted.value, accepted.row_key
from ${state} accepted
left join (select namespace, value, 1 as present from ${member} where fate = 0) member
  on member.value = accepted.value and member.namespace = accepted.namespace
where coalesce(member.present, 0) = 0`
}

/** A SELECT of what the model comes to: fate, members, row_count. */
export function memberSumsSql({ member }: Pick<ComparisonTables, 'member'>): string {
  return `select fate, count(*) as members, sum(row_count) as row_count from ${member} group by fate`
}

/**
 * Adds the accepted members that are asserted again: all of them (a full resync), or those whose row lost another
 * identifier (design §3.4). Every row counts there, duplicates too, which only another pass over the model knows; where it
 * has no duplicates the members are its rows.
 */
export function fillAgainSql(
  dialect: CompiledDialect,
  tables: ComparisonTables,
  which: { readonly all: true } | { readonly all: false; readonly duplicatesOf: TextModel | null },
): string {
  const { state, member, change } = tables
  const rows =
    which.all || which.duplicatesOf === null ? member : `(\n${exactRowsSql(dialect, which.duplicatesOf)}\n)`
  const touched = which.all
    ? ''
    : `
join (
  select distinct model_row.namespace as namespace, model_row.value as value
  from ${rows} model_row
  join (select distinct row_key from ${change} where difference = ${exactWord(dialect, 'gone')}) gone
    on gone.row_key = model_row.row_key
  where model_row.fate = 0
) touched on touched.value = member.value and touched.namespace = member.namespace`
  return `insert into ${change} (difference, namespace, value, row_key)
select ${exactWord(dialect, 'again')}, member.namespace, member.value, member.row_key
from ${member} member
join (select namespace, value from ${state} where sure = 1) accepted
  on accepted.value = member.value and accepted.namespace = member.namespace${touched}
where member.fate = 0`
}

/**
 * A SELECT, as text, of the rows that lost an identifier and stand under another: namespace, value, row_key. For models with
 * duplicates, whose members do not tell; every row counts.
 */
export function standingSql(
  dialect: CompiledDialect,
  { change }: Pick<ComparisonTables, 'change'>,
  model: TextModel,
): string {
  const columns = ['namespace', 'value', 'row_key']
  return `select ${columns.map((name) => `${plainText(dialect, `model_row.${name}`)} as ${name}`).join(', ')}
from (
${exactRowsSql(dialect, model)}
) model_row
join (select distinct row_key from ${change} where difference = ${exactWord(dialect, 'gone')}) gone
  on gone.row_key = model_row.row_key
where model_row.fate = 0`
}

/** A SELECT of the changes as text. */
export function changesSql(dialect: CompiledDialect, { change }: Pick<ComparisonTables, 'change'>): string {
  const columns = ['difference', 'namespace', 'value', 'row_key']
  return `select ${columns.map((name) => `${plainText(dialect, name)} as ${name}`).join(', ')} from ${change}`
}

/**
 * Takes over into the state what a run has changed: `delta` has the columns of the state, sure being -1 for those that
 * are in it no more. Doing it twice is the same as once.
 */
export function foldDeltaSql(
  dialect: CompiledDialect,
  { state, delta }: { readonly state: string; readonly delta: string },
): readonly string[] {
  const remove =
    dialect === 'mysql'
      ? `delete known from ${state} known join ${delta} delta on delta.value = known.value and delta.namespace = known.namespace`
      : `delete from ${state} where (namespace, value) in (select namespace, value from ${delta})`
  return [
    remove,
    `insert into ${state} (namespace, value, row_key, sure) select namespace, value, row_key, sure from ${delta} where sure >= 0`,
  ]
}

/** Gives a table of ours its name, which appears at once. */
export function renameTableSql(
  dialect: CompiledDialect,
  table: string,
  to: { readonly name: string; readonly full: string },
): string {
  if (dialect === 'clickhouse') return `rename table ${table} to ${to.full}`
  const short = dialect === 'postgres' || dialect === 'duckdb' || dialect === 'redshift'
  return `alter table ${table} rename to ${short ? quoteName(dialect, to.name) : to.full}`
}

function exactRowsSql(dialect: CompiledDialect, model: TextModel): string {
  const { exact } = speechOf(dialect)
  return `select fate, ${exact('namespace')} as namespace, ${exact('value')} as value, ${exact('row_key')} as row_key
from (
${identifySql(dialect, model)}
) identified`
}

function exactWord(dialect: CompiledDialect, word: string): string {
  const { exact, text } = speechOf(dialect)
  return dialect === 'mysql' || dialect === 'redshift' ? exact(text(word)) : text(word)
}

function plainText(dialect: CompiledDialect, column: string): string {
  if (dialect === 'mysql') return `convert(${column} using utf8mb4)`
  return dialect === 'redshift' ? `from_varbyte(${column}, 'utf8')` : column
}
