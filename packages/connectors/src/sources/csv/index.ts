import { invalid, MusterError, messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout } from '../deadline.ts'
import { literal, MemoryLimit } from '../duckdb-session.ts'
import { openFiles } from '../file-source.ts'
import { FilePath } from '../local-files.ts'

const Config = z.strictObject({
  path: FilePath,
  /** Between two fields; found out from the file when absent. */
  delimiter: z.string().length(1).optional(),
  statement_timeout: StatementTimeout,
  memory_limit: MemoryLimit,
})
type Config = z.output<typeof Config>

/**
 * The model's SQL reads the table `rows`. Every column is text, so that an identifier such as `007` keeps its zeros;
 * an empty field is null. The first line names the columns.
 */
const csv: Source<Config> = {
  name: 'csv',
  title: 'CSV files',
  config: Config,
  secrets: [],
  dialect: 'duckdb',
  open: async (config) =>
    openFiles({
      ...config,
      rows: async (list) => {
        const delimiter = config.delimiter === undefined ? '' : `, delim = ${literal(config.delimiter)}`
        return `from read_csv(${list}, header = true, all_varchar = true, union_by_name = true${delimiter})`
      },
      explain: (error) => csvError(error, config),
    }),
}

export const source = sealSource(csv)

/** Which file and line DuckDB stumbled over, in one sentence; any other error as it is. */
function csvError(error: unknown, config: Config): unknown {
  const text = messageOf(error)
  const isCsv = /CSV Error|not utf-8 encoded|error when sniffing|invalid unicode/i.test(text)
  if (!isCsv) return error
  const file = /file\s*=\s*(\S.*?\.[\w.]+)(?=[.\s]|$)/.exec(text)?.[1] ?? config.path
  const line = /CSV Error on Line: (\d+)/i.exec(text)?.[1]
  const details =
    line === undefined ? [] : [{ where: `line ${line}`, message: 'the line that cannot be read' }]
  const place = line === undefined ? file : `line ${line} of ${file}`
  if (/utf-8|unicode/i.test(text)) {
    return invalid('not_utf8', `${place} is not UTF-8 text`, {
      hint: `Convert it first, e.g. iconv -f LATIN1 -t UTF-8 in.csv > out.csv.`,
      details,
    })
  }
  const what =
    /^\s*(Expected Number of Columns.*|Value with unterminated quote.*|.*Maximum line size.*)$/im.exec(
      text,
    )?.[1]
  return invalid('bad_csv', `${place} cannot be read as CSV${what ? `: ${what.trim()}` : ''}`, {
    hint: 'Mend that line, or name the delimiter in the source with `delimiter`.',
    details,
    ...(error instanceof MusterError ? {} : { cause: error }),
  })
}
