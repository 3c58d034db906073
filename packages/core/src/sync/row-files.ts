import { assertNever } from '../lib/assert-never.ts'
import type { RowFiles } from './source.ts'

/** The FROM item by which DuckDB reads the files of an extraction, every column as text. */
export function rowFilesSql(files: RowFiles): string {
  const list = `[${files.paths.map(literal).join(', ')}]`
  switch (files.format) {
    case 'parquet':
      return `read_parquet(${list}, hive_partitioning = false)`
    case 'csv': {
      // The form is fixed (RowFiles), so nothing is left to sniffing: a null is bare, and quoted text is never one.
      const columns = files.columns.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')
      return `read_csv(${list}, auto_detect = false, header = false, columns = {${columns}}, delim = ',', quote = '"',
        escape = '"', new_line = '\\n', nullstr = '\\N', allow_quoted_nulls = false, encoding = 'utf-8',
        hive_partitioning = false)`
    }
    default:
      return assertNever(files)
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
