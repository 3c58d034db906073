import { quoteName } from '../quote-name.ts'
import { identifySql, invalidIdentifier, noIdentifier, type TextModel } from './identify.ts'
import { type CompiledDialect, speechOf } from './speech.ts'

/** The tables of a comparison, as SQL names them. */
export interface ComparisonTables {
  /** What the destination has accepted: namespace, value, row_key, sure (1 or 0). */
  readonly state: string
  /**
   * What becomes of whom: difference, namespace, value, the least row_key, members and row_count, how many members and rows of the
   * model it stands for. Those of whom nothing is to be told are one row a difference: `same`, `without` and `invalid`.
   */
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

/** MySQL looks up each row of a join. A row's key may be too long to be an index's, but for its beginning. */
const mysqlKeys = ', key (value, namespace), key (row_key(190))'

/** Creates an empty table of the state, or of what is to be folded into one. `temporary`: `create temp table` and the like. */
export function createStateSql(dialect: CompiledDialect, table: string): string {
  const { text, rowKey, int, end } = wordsOf[dialect]
  const key = dialect === 'mysql' ? mysqlKeys : ''
  return `create table ${table} (namespace ${text}, value ${text}, row_key ${rowKey}, sure ${int}${key})${end('namespace, value')}`
}

/** Creates the empty table that passes. */
export function createChangeSql(
  dialect: CompiledDialect,
  { change }: Pick<ComparisonTables, 'change'>,
): string {
  const { text, rowKey, int, end } = wordsOf[dialect]
  const create = dialect === 'postgres' || dialect === 'duckdb' ? 'create temp table' : 'create table'
  const key = dialect === 'mysql' ? mysqlKeys : ''
  return `${create} ${change} (difference ${text}, namespace ${text}, value ${text}, row_key ${rowKey}, members ${int}, row_count ${int}${key})${end('namespace, value')}`
}

/**
 * Fills `change` with everybody that is new (or unsure), moved or gone, and with the sums of the others; one pass over the model. Rows
 * and accepted members are one set, grouped once: in PostgreSQL that is 28 s for 10 M members where grouping the rows into
 * a table and joining it took 37. `again`: the others are named too, to be asserted again.
 */
export function fillChangesSql(
  dialect: CompiledDialect,
  model: TextModel,
  { state, change }: ComparisonTables,
  { again }: { readonly again: boolean },
): string {
  const word = (text: string): string => exactWord(dialect, text)
  const told = (column: string): string =>
    `case when difference = ${word('same')} then ${word('')} else ${column} end as told_${column}`
  return `insert into ${change} (difference, namespace, value, row_key, members, row_count)
select difference, told_namespace, told_value, told_row_key, count(*), sum(named_by)
from (
  select difference, named_by, ${told('namespace')}, ${told('value')}, ${told('row_key')}
  from (
    select
      case
        when fate = ${noIdentifier} then ${word('without')}
        when fate = ${invalidIdentifier} then ${word('invalid')}
        when named_by = 0 then ${word('gone')}
        when surety < 1 then ${word('fresh')}
        when known_key <> present_key then ${word('moved')}
        else ${word(again ? 'again' : 'same')}
      end as difference,
      namespace, value, coalesce(present_key, known_key) as row_key, named_by
    from (
      select fate, namespace, value, max(sure) as surety,
        min(case when sure < 0 then row_key end) as present_key, count(case when sure < 0 then 1 end) as named_by,
        min(case when sure >= 0 then row_key end) as known_key
      from (
        select fate, namespace, value, row_key, -1 as sure
        from (
${exactRowsSql(dialect, model)}
        ) model_row
        union all
        select 0, namespace, value, row_key, sure from ${state}
      ) named
      group by fate, namespace, value
    ) compared
  ) judged
) told
group by difference, told_namespace, told_value, told_row_key`
}

/** The same where nothing is accepted: everybody is new. */
export function fillFirstChangesSql(
  dialect: CompiledDialect,
  model: TextModel,
  { change }: Pick<ComparisonTables, 'change'>,
): string {
  const word = (text: string): string => exactWord(dialect, text)
  return `insert into ${change} (difference, namespace, value, row_key, members, row_count)
select
  case fate when 0 then ${word('fresh')} when ${noIdentifier} then ${word('without')} else ${word('invalid')} end,
  namespace, value, min(row_key), 1, count(*)
from (
${exactRowsSql(dialect, model)}
) model_row
group by fate, namespace, value`
}

/** A SELECT of what the model comes to: difference, members, row_count. */
export function sumsSql(dialect: CompiledDialect, { change }: Pick<ComparisonTables, 'change'>): string {
  const difference = plainText(dialect, 'difference')
  return `select ${difference} as difference, sum(members) as members, sum(row_count) as row_count from ${change} group by ${difference}`
}

/** Adds those that have moved to the accepted ones that are asserted again by a full resync. */
export function fillMovedAgainSql(
  dialect: CompiledDialect,
  { change }: Pick<ComparisonTables, 'change'>,
): string {
  return `insert into ${change} (difference, namespace, value, row_key, members, row_count)
select ${exactWord(dialect, 'again')}, namespace, value, row_key, 0, 0
from ${change} where difference = ${exactWord(dialect, 'moved')}`
}

/**
 * Adds the accepted members that are asserted again: those whose row lost another identifier (design §3.4). Every row counts there,
 * duplicates too, which only another pass over the model knows; where it has none, a member's row is the one that the
 * state or a move names.
 */
export function fillAgainSql(
  dialect: CompiledDialect,
  { state, change }: ComparisonTables,
  duplicatesOf: TextModel | null,
): string {
  const word = (text: string): string => exactWord(dialect, text)
  const lost = lostRowsSql(dialect, change)
  const into = `insert into ${change} (difference, namespace, value, row_key, members, row_count)`
  const changed = `
left join (
  select namespace, value, row_key, difference
  from ${change} where difference in (${differences(dialect, 'fresh', 'gone', 'moved')})
) changed on changed.value = accepted.value and changed.namespace = accepted.namespace`
  // ClickHouse gives an empty text in place of null where a left join finds nothing.
  const unchanged = `coalesce(changed.difference, ${word('')}) = ${word('')}`
  if (duplicatesOf === null)
    return `${into}
select ${word('again')}, accepted.namespace, accepted.value, accepted.row_key, 0, 0
from ${state} accepted${changed}
where accepted.sure = 1 and accepted.row_key in ${lost} and ${unchanged}
union all
select ${word('again')}, namespace, value, row_key, 0, 0
from ${change}
where difference = ${word('moved')} and row_key in ${lost}`
  return `${into}
select ${word('again')}, accepted.namespace, accepted.value,
  case when ${unchanged} then accepted.row_key else changed.row_key end, 0, 0
from ${state} accepted
join (
  select distinct namespace, value
  from (
${exactRowsSql(dialect, duplicatesOf)}
  ) model_row
  where fate = 0 and row_key in ${lost}
) touched on touched.value = accepted.value and touched.namespace = accepted.namespace${changed}
where accepted.sure = 1 and (${unchanged} or changed.difference = ${word('moved')})`
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
where model_row.fate = 0 and model_row.row_key in ${lostRowsSql(dialect, change)}`
}

/** The keys of the rows that lost an identifier, to stand after IN. MySQL finds them by the index on a part of the key. */
function lostRowsSql(dialect: CompiledDialect, change: string): string {
  return `(select row_key from ${change} where difference = ${exactWord(dialect, 'gone')})`
}

/** A SELECT of the changes as text: difference, namespace, value, row_key. */
export function changesSql(dialect: CompiledDialect, { change }: Pick<ComparisonTables, 'change'>): string {
  const columns = ['difference', 'namespace', 'value', 'row_key']
  return `select ${columns.map((name) => `${plainText(dialect, name)} as ${name}`).join(', ')}
from ${change} where difference in (${differences(dialect, 'fresh', 'gone', 'moved', 'again')})`
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

function differences(
  dialect: CompiledDialect,
  ...words: readonly ('fresh' | 'gone' | 'moved' | 'again')[]
): string {
  return words.map((word) => exactWord(dialect, word)).join(', ')
}

function exactWord(dialect: CompiledDialect, word: string): string {
  const { exact, text } = speechOf(dialect)
  return dialect === 'mysql' || dialect === 'redshift' ? exact(text(word)) : text(word)
}

function plainText(dialect: CompiledDialect, column: string): string {
  if (dialect === 'mysql') return `convert(${column} using utf8mb4)`
  return dialect === 'redshift' ? `from_varbyte(${column}, 'utf8')` : column
}
