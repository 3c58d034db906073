import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout } from '../deadline.ts'
import { MemoryLimit } from '../duckdb-session.ts'
import { openFiles } from '../file-source.ts'
import { FilePath } from '../local-files.ts'

const Config = z.strictObject({
  path: FilePath,
  statement_timeout: StatementTimeout,
  memory_limit: MemoryLimit,
})
type Config = z.output<typeof Config>

/** The model's SQL reads the table `rows`, in the types that the files have; columns are matched by name. */
const parquet: Source<Config> = {
  name: 'parquet',
  title: 'Parquet files',
  config: Config,
  secrets: [],
  dialect: 'duckdb',
  open: async (config) =>
    openFiles({
      ...config,
      rows: async (list) => `from read_parquet(${list}, union_by_name = true, hive_partitioning = false)`,
      explain: (error) => parquetError(error, config),
    }),
}

export const source = sealSource(parquet)

function parquetError(error: unknown, { path }: Config): unknown {
  const text = messageOf(error)
  if (!/No magic bytes|not a Parquet|too small to be a Parquet|corrupt|Invalid footer|thrift/i.test(text))
    return error
  return invalid('bad_parquet', `${path} cannot be read as Parquet: ${text.split('\n')[0]}`, {
    hint: 'Write the file again, or leave it out of `path`; a file must be whole before it is read.',
    cause: error,
  })
}
