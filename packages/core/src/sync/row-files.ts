import { assertNever } from '../lib/assert-never.ts'
import type { RowFiles } from './source.ts'

/** The FROM item by which DuckDB reads the files of an extraction, every column as text. */
export function rowFilesSql(files: RowFiles): string {
  const list = `[${files.paths.map(literal).join(', ')}]`
  switch (files.format) {
    case 'parquet':
      return `read_parquet(${list}, hive_partitioning = false)`
    case 'copy_text': {
      const read = `read_csv(${list}, auto_detect = false, header = false, columns = {${textColumns(files.columns)}}, delim = '\\t',
        quote = '', escape = '', new_line = '\\n', nullstr = '\\N', encoding = 'utf-8', hive_partitioning = false)`
      const fields = files.columns.map((name) => `"${name.replaceAll('"', '""')}"`)
      return `(select ${fields.map((field) => `${unescaped(field)} as ${field}`).join(', ')} from ${read})`
    }
    case 'csv': {
      // The form is fixed (RowFiles), so nothing is left to sniffing: a null is bare, and quoted text is never one.
      return `read_csv(${list}, auto_detect = false, header = false, columns = {${textColumns(files.columns)}}, delim = ',', quote = '"',
        escape = '"', new_line = '\\n', nullstr = '\\N', allow_quoted_nulls = false, encoding = 'utf-8',
        hive_partitioning = false)`
    }
    default:
      return assertNever(files)
  }
}

function textColumns(columns: readonly string[]): string {
  return columns.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')
}

/**
 * A field of COPY's text form as it was. Every backslash begins a pair there, so that pairs of two are found from the left, and
 * `\e`, which COPY never writes, can stand for one backslash until the others are done.
 */
function unescaped(field: string): string {
  const others = [
    ['\\n', 10],
    ['\\t', 9],
    ['\\r', 13],
    ['\\b', 8],
    ['\\f', 12],
    ['\\v', 11],
  ] as const
  const done = others.reduce(
    (text, [pair, code]) => `replace(${text}, '${pair}', chr(${code}))`,
    `replace(${field}, '\\\\', '\\e')`,
  )
  return `case when contains(${field}, '\\') then replace(${done}, '\\e', '\\') else ${field} end`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
