import { rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { writeCsv } from './csv-file.ts'

/** A column of a file of rows; its type is DuckDB's. */
export interface FileColumn {
  readonly name: string
  readonly type: 'varchar' | 'bigint' | 'integer' | 'boolean' | 'timestamptz'
}

type Field = string | number | null

/**
 * Writes rows as they come: CSV, or Parquet where the name ends in `.parquet`. Returns how many there were. A failure leaves
 * no file, and one of before as it was.
 */
export async function writeRows(
  path: string,
  columns: readonly FileColumn[],
  rows: AsyncIterable<readonly Field[]>,
  tell: (rows: number) => void,
): Promise<number> {
  const heads = columns.map(({ name }) => name)
  if (!path.toLowerCase().endsWith('.parquet')) {
    return writeCsv(path, heads, rows, (row) => row.map((field) => String(field ?? '')), tell)
  }
  const between = `${path}.csv`
  try {
    const written = await writeCsv(between, heads, rows, (row) => row.map(marked), tell)
    await toParquet(between, path, columns)
    return written
  } finally {
    await rm(between, { force: true })
  }
}

/** On its way to Parquet a value bears a mark, so that no value is null, an empty text or a line's beginning by its look. */
function marked(field: Field): string {
  return field === null ? '' : `=${field}`
}

async function toParquet(csv: string, path: string, columns: readonly FileColumn[]): Promise<void> {
  const text = (one: string): string => `'${one.replaceAll("'", "''")}'`
  const texts = columns.map(({ name }) => `${text(name)}: 'varchar'`)
  const values = columns.map(({ name, type }) => `substr("${name}", 2)::${type} as "${name}"`)
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'true' })
  try {
    const connection = await instance.connect()
    await connection.run(
      `copy (
         select ${values.join(', ')}
         from read_csv(${text(csv)}, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', parallel = false,
           columns = {${texts.join(', ')}})
       ) to ${text(path)} (format parquet)`,
    )
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
}
