import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout } from '../deadline.ts'
import { literal, MemoryLimit } from '../duckdb-session.ts'
import { openFiles } from '../file-source.ts'
import { FilePath } from '../local-files.ts'

const Config = z.strictObject({
  path: FilePath,
  statement_timeout: StatementTimeout,
  memory_limit: MemoryLimit,
})
type Config = z.output<typeof Config>

/**
 * One object a row: a line each (NDJSON), or an array of them. The model's SQL reads the table `rows`; its columns are
 * the keys of all objects, every one as text, so that `"007"` and a number of any length stay as written; an object or
 * an array within is its JSON, a key that an object lacks is null.
 */
const json: Source<Config> = {
  name: 'json',
  title: 'JSON files',
  config: Config,
  secrets: [],
  dialect: 'duckdb',
  open: async (config) =>
    openFiles({
      ...config,
      rows: async (list, ask) => {
        // The names come from all rows, not from a sample: a column that only the last row has is a column.
        const found = await ask(
          `select name from (describe from read_json(${list}, sample_size = -1, maximum_depth = 1, union_by_name = true)) as d(name)`,
        )
        const columns = found.map(([name]) => `${literal(String(name))}: 'VARCHAR'`).join(', ')
        return `from read_json(${list}, columns = {${columns}}, union_by_name = true)`
      },
      explain: (error) => jsonError(error, config),
    }),
}

export const source = sealSource(json)

function jsonError(error: unknown, { path }: Config): unknown {
  const text = messageOf(error)
  if (!/Malformed JSON|not utf-?8|unexpected character|Invalid Input Error: JSON/i.test(text)) return error
  const file = /in file "([^"]+)"/.exec(text)?.[1] ?? path
  return invalid('bad_json', `${file} cannot be read as JSON: ${text.split('\n')[0]}`, {
    hint: 'Write one object a line, or an array of objects.',
    cause: error,
  })
}
