import type { ColumnType, CsvColumn } from '../engage/csv-user.ts'
import { invalid } from '../lib/error.ts'
import type { Client } from './client.ts'
import type { Routes } from './routes.ts'
import type { RejectedRow, UserImport } from './user-import-routes.ts'

/** How a CSV file of users is brought in, whoever reads the file: the CLI or the web app. */

/** A row of a file, with the line on which it begins. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

type ImportClient = Pick<
  Client<Routes>,
  | 'previewUserImport'
  | 'createUserImport'
  | 'addUserImportRows'
  | 'finishUserImport'
  | 'getUserImport'
  | 'listRejectedRows'
>

/** A file as it begins: its first line, some rows to judge it by, and all rows. */
export interface OpenedCsv {
  readonly names: readonly string[]
  readonly first: readonly CsvRow[]
  /** Every row after the first line, those of `first` included. */
  readonly rows: AsyncIterable<CsvRow>
}

const previewRows = 100

/** Reads the first line and some rows; throws `invalid` where the file has no first line. */
export async function openCsv(all: AsyncIterable<CsvRow>): Promise<OpenedCsv> {
  const iterator = all[Symbol.asyncIterator]()
  const head = await iterator.next()
  if (head.done) {
    throw invalid('empty_file', 'the file is empty', { hint: 'Its first line names the columns.' })
  }
  const first: CsvRow[] = []
  let ended = false
  while (first.length < previewRows && !ended) {
    const next = await iterator.next()
    if (next.done) ended = true
    else first.push(next.value)
  }
  async function* rows(): AsyncGenerator<CsvRow> {
    yield* first
    while (!ended) {
      const next = await iterator.next()
      if (next.done) return
      yield next.value
    }
  }
  return { names: head.value.cells.map((name) => name.trim()), first, rows: rows() }
}

export interface ImportWishes {
  readonly name: string
  readonly existingOnly: boolean
  /** In place of what the first rows look like. */
  readonly types: ReadonlyMap<string, ColumnType>
  /** An interrupted import of the same file to go on with. */
  readonly resume?: string
}

/** What the file would be read as; `types` in place of what the first rows look like. */
export async function previewCsv(
  client: ImportClient,
  { names, first }: OpenedCsv,
  types: ReadonlyMap<string, ColumnType>,
): Promise<{ columns: CsvColumn[]; problems: string[]; rejected: { line: number; reason: string }[] }> {
  const strange = [...types.keys()].filter((name) => !names.includes(name))
  if (strange.length > 0) {
    throw invalid('unknown_column', `the file has no column ${strange.join(', ')}`, {
      hint: `Its columns are: ${names.join(', ')}.`,
    })
  }
  const body = { columns: [...names], rows: first.map(({ cells }) => [...cells]) }
  const { columns, problems, rejected } = await client.previewUserImport({ body })
  return {
    columns: columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type })),
    problems,
    rejected: rejected.map(({ row, reason }) => ({ line: first[row]?.line ?? 0, reason })),
  }
}

/** Brings the file in, batch by batch; tells after each how far it has come. Throws what the first refused call throws. */
export async function importCsv(
  client: ImportClient,
  csv: OpenedCsv,
  wishes: ImportWishes,
  tell: (soFar: UserImport) => void,
): Promise<UserImport> {
  let soFar = await beginImport(client, csv, wishes)
  const params = { id: soFar.id }
  tell(soFar)
  let from = 0
  for await (const rows of batchRows(csv.rows)) {
    if (from + rows.length > soFar.rows_read) {
      soFar = await client.addUserImportRows({
        params,
        body: { from, rows: rows.map(({ line, cells }) => ({ line, cells: [...cells] })) },
      })
      tell(soFar)
    }
    from += rows.length
  }
  return client.finishUserImport({ params })
}

async function beginImport(client: ImportClient, csv: OpenedCsv, wishes: ImportWishes): Promise<UserImport> {
  const { name, existingOnly, types, resume } = wishes
  const { columns } = await previewCsv(client, csv, types)
  if (resume === undefined) {
    return client.createUserImport({ body: { name, columns, existing_only: existingOnly } })
  }
  const known = await client.getUserImport({ params: { id: resume } })
  if (known.columns.map((column) => column.name).join('\n') === csv.names.join('\n')) return known
  throw invalid('other_file', 'the file has other columns than the import has that is to go on', {
    hint: `Its columns are: ${known.columns.map((column) => column.name).join(', ')}.`,
  })
}

const rowsPerBatch = 1_000
/** Below the server's limit of 4 MiB a request, whatever the escapes of JSON add. */
const textPerBatch = 500_000

/** Rows in batches that one request can hold. */
async function* batchRows(rows: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow[]> {
  let batch: CsvRow[] = []
  let text = 0
  for await (const row of rows) {
    const length = row.cells.reduce((sum, cell) => sum + cell.length, 0)
    if (batch.length === rowsPerBatch || (batch.length > 0 && text + length > textPerBatch)) {
      yield batch
      batch = []
      text = 0
    }
    batch.push(row)
    text += length
  }
  if (batch.length > 0) yield batch
}

/** Every rejected row, in the order of the file. */
export async function* rejectedRows(client: ImportClient, id: string): AsyncGenerator<RejectedRow> {
  for (let after = -1; ; ) {
    const page = await client.listRejectedRows({ params: { id }, query: { after, limit: 1_000 } })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < 1_000) return
    after = last.row
  }
}
