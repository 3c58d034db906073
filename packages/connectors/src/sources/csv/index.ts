import { glob, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { invalid, MusterError, messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { duckdbReader, literal, type SessionOptions } from '../duckdb-session.ts'

const Config = z.strictObject({
  /** A file, or a pattern such as `/data/customers-*.csv`. Project files may write it relative to themselves. */
  path: z.string().refine(isAbsolute, { error: 'must be an absolute path' }),
  /** Between two fields; found out from the file when absent. */
  delimiter: z.string().length(1).optional(),
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
  open: async (config) => {
    const reader = duckdbReader(() => sessionOf(config))
    return {
      ...explained(reader, config),
      check: async () => {
        try {
          const columns = await explained(reader, config).describe('select * from rows')
          const files = await filesOf(config)
          return {
            ok: true,
            message: `${files.length} file${files.length === 1 ? '' : 's'} with the columns ${columns.map((c) => c.name).join(', ')}`,
          }
        } catch (error) {
          return { ok: false, message: messageOf(error) }
        }
      },
      close: async () => {},
    }
  },
}

export const source = sealSource(csv)

async function sessionOf(config: Config): Promise<SessionOptions> {
  const files = await filesOf(config)
  const delimiter = config.delimiter === undefined ? '' : `, delim = ${literal(config.delimiter)}`
  const list = files.map(literal).join(', ')
  return {
    path: ':memory:',
    readOnly: false,
    readable: files,
    prepare: (run) =>
      run(
        `create view rows as from read_csv([${list}], header = true, all_varchar = true, union_by_name = true${delimiter})`,
      ).catch((error: unknown) => {
        throw csvError(error, config)
      }),
  }
}

async function filesOf({ path }: Config): Promise<string[]> {
  const found = await stat(path).catch(() => null)
  if (found?.isDirectory()) {
    throw invalid('is_directory', `${path} is a directory`, {
      hint: 'Write a pattern that ends in the files, such as /data/customers/*.csv.',
    })
  }
  if (found) return [path]
  const files: string[] = []
  for await (const file of glob(path)) files.push(file)
  if (files.length === 0) {
    throw invalid('no_such_file', `there is no file ${path}`, { hint: 'Correct `path` in the source.' })
  }
  return files.sort()
}

type Reader = ReturnType<typeof duckdbReader>

/** A bad line is met only when it is read, so every operation may find one. */
function explained(reader: Reader, config: Config): Reader {
  const explain = (error: unknown): never => {
    throw csvError(error, config)
  }
  return {
    describe: (sql) => reader.describe(sql).catch(explain),
    preview: (sql, limit) => reader.preview(sql, limit).catch(explain),
    find: (sql, column, value) => reader.find(sql, column, value).catch(explain),
    extract: (sql, columns, directory, signal) =>
      reader.extract(sql, columns, directory, signal).catch(explain),
  }
}

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
