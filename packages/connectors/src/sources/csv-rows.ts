import { DuckDBInstance } from '@duckdb/node-api'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'

/** The rows of files in portions of some thousand, for a warehouse that takes no stream; every value as text. */
export async function* rowsOfFiles(files: RowFiles): AsyncGenerator<(string | null)[][]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '128MB' })
  const connection = await instance.connect()
  try {
    const result = await connection.stream(`select columns(*)::varchar from ${rowFilesSql(files)}`)
    for await (const rows of result.yieldRowsJs()) {
      if (rows.length > 0)
        yield rows.map((row) => row.map((value) => (value === null ? null : String(value))))
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
