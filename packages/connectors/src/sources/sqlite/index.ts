import { join } from 'node:path'
import { adviceOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import { catalogLimit, type Source } from '@muster/core/sync/source.ts'
import { bodyOfStatement } from '@muster/core/sync/sql-text.ts'
import { z } from 'zod'
import { catalogOf } from '../catalog.ts'
import { StatementTimeout, timeoutsOf } from '../deadline.ts'
import { FilePath } from '../local-files.ts'
import { allOrNothing } from '../row-file.ts'
import { readSqlite } from './read.ts'
import { selectOf } from './select.ts'
import type { Task } from './task.ts'

const Config = z.strictObject({ path: FilePath, statement_timeout: StatementTimeout })
type Config = z.output<typeof Config>

/** A SQLite file, by the SQLite within Node. */
const sqlite: Source<Config> = {
  name: 'sqlite',
  title: 'SQLite file',
  config: Config,
  secrets: [],
  dialect: 'sqlite',
  open: async ({ path, statement_timeout }) => {
    const timeouts = timeoutsOf(statement_timeout)
    const rowsOf = async (task: Task, signal?: AbortSignal) => {
      const answer = await readSqlite(path, task, { timeoutMs: timeouts.look, signal })
      return 'rows' in answer ? answer : { rows: [], columns: [] }
    }
    const textRows = async (task: Task): Promise<Record<string, string | null>[]> => {
      const { rows, columns } = await rowsOf(task)
      return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])))
    }
    return {
      check: async () => {
        try {
          await rowsOf({ kind: 'check' })
          return { ok: true, message: `${path} is a SQLite database`, warnings: [] }
        } catch (error) {
          return { ok: false, message: adviceOf(error), warnings: [] }
        }
      },
      browse: async (signal) => {
        const { rows } = await rowsOf({ kind: 'browse', tables: catalogLimit + 1 }, signal)
        return catalogOf(
          rows.map(([table, kind, column, type]) => ({
            schema: null,
            table: table ?? '',
            isView: kind === 'view',
            column: column ?? '',
            type: type || 'ANY',
          })),
        )
      },
      describe: async (sql) => {
        const { rows } = await rowsOf({ kind: 'describe', body: bodyOfStatement(sql, 'sqlite') })
        return rows.map(([name, type]) => ({ name: name ?? '', type: type ?? 'ANY' }))
      },
      preview: async (sql, limit) =>
        textRows({ kind: 'rows', body: bodyOfStatement(sql, 'sqlite'), limit, where: null }),
      find: async (sql, column, value) =>
        textRows({
          kind: 'rows',
          body: bodyOfStatement(sql, 'sqlite'),
          limit: 100,
          where: { column, value },
        }),
      extract: (sql, columns, directory, signal) =>
        allOrNothing(directory, async () => {
          const file = join(directory, 'rows.csv')
          const answer = await readSqlite(
            path,
            { kind: 'extract', body: bodyOfStatement(sql, 'sqlite'), columns, path: file },
            { timeoutMs: timeouts.extract, signal },
          )
          return { format: 'csv', columns, paths: [file], rows: 'count' in answer ? answer.count : 0 }
        }),
      selectText: async (sql, columns) => selectOf(bodyOfStatement(sql, 'sqlite'), columns),
      close: async () => {},
    }
  },
}

export const source = sealSource(sqlite)
