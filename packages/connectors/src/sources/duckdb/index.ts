import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { adviceOf, conflict, invalid, messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout, timeoutsOf } from '../deadline.ts'
import { duckdbReader, MemoryLimit } from '../duckdb-session.ts'
import { inDuckdbWarehouse } from './warehouse.ts'

const Config = z.strictObject({
  /** The database file. Project files may write it relative to themselves; here it is absolute. */
  path: z.string().refine(isAbsolute, { error: 'must be an absolute path' }),
  statement_timeout: StatementTimeout,
  memory_limit: MemoryLimit,
  /** The file in which the engine `warehouse` keeps its tables; absent: beside the database, `.muster` after its name. */
  engine_path: z.string().refine(isAbsolute, { error: 'must be an absolute path' }).optional(),
})
type Config = z.output<typeof Config>

const duckdb: Source<Config> = {
  name: 'duckdb',
  title: 'DuckDB file',
  config: Config,
  secrets: [],
  dialect: 'duckdb',
  open: async ({ path, statement_timeout, memory_limit, engine_path }) => {
    const timeouts = timeoutsOf(statement_timeout)
    const reader = duckdbReader(async () => {
      await proveReadable(path)
      return { path, readOnly: true, readable: [], timeouts, memoryLimit: memory_limit }
    })
    return {
      ...reader,
      check: async () => {
        try {
          await proveReadable(path)
          return { ok: true, message: `${path} is a DuckDB database`, warnings: [] }
        } catch (error) {
          return { ok: false, message: adviceOf(error), warnings: [] }
        }
      },
      browse: reader.catalog,
      inWarehouse: async (options, work) => {
        await proveReadable(path)
        const files = { path, enginePath: engine_path ?? `${path}.muster` }
        return inDuckdbWarehouse(
          { ...files, timeoutMs: timeouts.extract, memoryLimit: memory_limit },
          options,
          work,
        )
      },
      close: async () => {},
    }
  },
}

export const source = sealSource(duckdb)

/** Opens and closes the file; says in one sentence why it cannot be opened. */
async function proveReadable(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (!found) {
    throw invalid('no_such_file', `there is no file ${path}`, { hint: 'Correct `path` in the source.' })
  }
  if (found.isDirectory()) {
    throw invalid('is_directory', `${path} is a directory, not a DuckDB file`, {
      hint: 'Set `path` in the source to the database file itself.',
    })
  }
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' }).catch((error: unknown) => {
    throw openError(path, error)
  })
  instance.closeSync()
}

function openError(path: string, cause: unknown): Error {
  const text = messageOf(cause)
  if (/lock on file/i.test(text)) {
    const holder = /PID (\d+)/.exec(text)?.[1]
    return conflict(
      'file_locked',
      `another process${holder ? ` (${holder})` : ''} has ${path} open for writing`,
      {
        hint: 'DuckDB lets one process write or several read: close the writer, or copy the file and read the copy.',
        cause,
      },
    )
  }
  if (/not a valid DuckDB database file/i.test(text)) {
    return invalid('not_duckdb', `${path} is not a DuckDB database`, {
      hint: 'For CSV files use a source of type csv.',
      cause,
    })
  }
  if (/permission denied/i.test(text)) {
    return invalid('no_permission', `Muster may not read ${path}`, {
      hint: 'Give the user that runs Muster the right to read it.',
      cause,
    })
  }
  return invalid('cannot_open', `${path} cannot be opened: ${text.split('\n')[0]}`, {
    hint: 'A file of a newer DuckDB must be written again by version 1.5 or older.',
    cause,
  })
}
