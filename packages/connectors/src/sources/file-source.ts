import { adviceOf } from '@muster/core/lib/error.ts'
import type { OpenSource } from '@muster/core/sync/source.ts'
import { timeoutsOf } from './deadline.ts'
import { type DuckdbReader, duckdbReader, literal } from './duckdb-session.ts'
import { filesAt } from './local-files.ts'

/** A source whose rows lie in files that DuckDB reads. */
export interface FileSource {
  /** A file or a pattern. */
  readonly path: string
  readonly statement_timeout: string
  readonly memory_limit: string
  /**
   * Takes the files as a DuckDB list and a way to ask DuckDB; returns the SELECT that gives their rows.
   */
  readonly rows: (list: string, ask: (sql: string) => Promise<readonly unknown[][]>) => Promise<string>
  /** Names the file and the line where DuckDB stumbled; any other error as it is. */
  readonly explain: (error: unknown) => unknown
}

/** The model's SQL reads the table `rows`. */
export function openFiles(files: FileSource): OpenSource {
  const reader = explained(
    duckdbReader(async () => {
      const paths = await filesAt(files.path)
      return {
        path: ':memory:',
        readOnly: false,
        readable: paths,
        timeouts: timeoutsOf(files.statement_timeout),
        memoryLimit: files.memory_limit,
        prepare: async (connection) => {
          const ask = async (sql: string): Promise<readonly unknown[][]> =>
            (await connection.runAndReadAll(sql)).getRows()
          const select = await files.rows(`[${paths.map(literal).join(', ')}]`, ask)
          await connection.run(`create view rows as ${select}`)
        },
      }
    }),
    files.explain,
  )
  return {
    ...reader,
    check: async () => {
      try {
        const columns = await reader.describe('select * from rows')
        const found = await filesAt(files.path)
        return {
          ok: true,
          message: `${found.length} file${found.length === 1 ? '' : 's'} with the columns ${columns.map((c) => c.name).join(', ')}`,
          warnings: [],
        }
      } catch (error) {
        return { ok: false, message: adviceOf(error), warnings: [] }
      }
    },
    browse: async () => {
      const columns = await reader.describe('select * from rows')
      return { tables: [{ schema: null, name: 'rows', kind: 'view', columns }], complete: true }
    },
    close: async () => {},
  }
}

/** A bad line is met only when it is read, so every operation may find one. */
function explained(reader: DuckdbReader, explain: (error: unknown) => unknown): DuckdbReader {
  const rethrow = (error: unknown): never => {
    throw explain(error)
  }
  return {
    catalog: (signal) => reader.catalog(signal).catch(rethrow),
    describe: (sql) => reader.describe(sql).catch(rethrow),
    preview: (sql, limit) => reader.preview(sql, limit).catch(rethrow),
    find: (sql, column, value) => reader.find(sql, column, value).catch(rethrow),
    extract: (sql, columns, directory, signal) =>
      reader.extract(sql, columns, directory, signal).catch(rethrow),
    copyOut: (sql, columns, copy, directory, signal) =>
      reader.copyOut(sql, columns, copy, directory, signal).catch(rethrow),
    selectText: (sql, columns) => reader.selectText(sql, columns).catch(rethrow),
  }
}
