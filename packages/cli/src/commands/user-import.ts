import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { importCsv, openCsv, previewCsv, rejectedRows } from '@muster/core/api/user-import.ts'
import type { RejectedRow, UserImport } from '@muster/core/api/user-import-routes.ts'
import { type ColumnType, columnTypes } from '@muster/core/engage/csv-user.ts'
import { csvLine } from '@muster/core/lib/csv.ts'
import { type Command, InvalidArgumentError } from 'commander'
import { type Context, example, exitCodes, withConnection } from '../command.ts'
import { csvRows } from '../csv-rows.ts'
import { count, table } from '../output.ts'

interface ImportOptions {
  readonly dryRun?: boolean
  readonly existingOnly?: boolean
  readonly type: ReadonlyMap<string, ColumnType>
  readonly rejected?: string
  readonly resume?: string
}

/** `users import`, `users imports`, `users rejected`. */
export function addUserImports(users: Command): void {
  addImport(users)
  addList(users)
  addRejected(users)
}

function addImport(users: Command): void {
  const command = users
    .command('import <file>')
    .description('bring users in from CSV; the first line names the columns, a blank cell changes nothing')
    .option('--dry-run', 'only say what the columns would be read as')
    .option('--existing-only', 'make nobody; rows of unknown users are rejected')
    .option('--type <column=type>', `read a column as ${columnTypes.join(', ')}`, typeOption, new Map())
    .option('--rejected <file>', 'write rows that could not be taken there, as CSV')
    .option('--resume <id>', 'go on with an interrupted import of the same file')
    .action(async (file: string) => {
      const options = command.opts<ImportOptions>()
      await withConnection(command, (context) =>
        options.dryRun ? preview(context, file, options) : bringIn(context, file, options),
      )
    })
  example(
    command,
    'muster users import people.csv --dry-run',
    'muster users import people.csv --type zip=text --rejected rejected.csv',
  )
}

function typeOption(text: string, known: ReadonlyMap<string, ColumnType>): ReadonlyMap<string, ColumnType> {
  const at = text.lastIndexOf('=')
  const type = columnTypes.find((one) => one === text.slice(at + 1))
  if (at < 1 || type === undefined) {
    throw new InvalidArgumentError(`Write column=type, type one of ${columnTypes.join(', ')}.`)
  }
  return new Map([...known, [text.slice(0, at), type]])
}

async function preview({ client, output }: Context, file: string, { type }: ImportOptions) {
  const csv = await openCsv(csvRows(file, () => {}))
  const { columns, problems, rejected } = await previewCsv(client, csv, type)
  output.answer({ columns, problems, rejected, rows_seen: csv.first.length }, () =>
    [
      table(
        ['column', 'read as', 'first value'],
        columns.map(({ name, type: as }, place) => [name, as, csv.first[0]?.cells[place] ?? '']),
      ),
      ...problems.map((problem) => `✗ ${problem}`),
      ...rejected.map(({ line, reason }) => `  line ${line} would be rejected: ${reason}`),
      `Seen by the first ${count(csv.first.length)} rows; nothing was imported.`,
    ].join('\n'),
  )
  return problems.length > 0 ? exitCodes.failed : undefined
}

async function bringIn({ client, output }: Context, file: string, options: ImportOptions) {
  const size = (await stat(file).catch(() => null))?.size ?? 0
  let read = 0
  const rows = csvRows(file, (bytes) => {
    read = bytes
  })
  const wishes = {
    name: basename(file),
    existingOnly: options.existingOnly === true,
    types: options.type,
    ...(options.resume === undefined ? {} : { resume: options.resume }),
  }
  let soFar: UserImport | null = null
  const tell = (now: UserImport): void => {
    soFar = now
    output.progress(progressLine(size === 0 ? 1 : read / size, now))
  }
  const done = await importCsv(client, await openCsv(rows), wishes, tell).catch((error: unknown) => {
    if (soFar) output.say(interrupted(soFar, file))
    throw error
  })
  if (options.rejected !== undefined) await writeRejected({ client }, done, options.rejected)
  output.answer(done, () => summary(done, options.rejected))
  return undefined
}

/** `[########----] 66 %  12,000 rows, 3 rejected` */
function progressLine(share: number, { rows_read, rejected }: UserImport): string {
  const width = 20
  const filled = Math.min(width, Math.round(share * width))
  const bar = '#'.repeat(filled) + '-'.repeat(width - filled)
  const rejects = rejected > 0 ? `, ${count(rejected)} rejected` : ''
  return `[${bar}] ${Math.min(100, Math.floor(share * 100))} %  ${count(rows_read)} rows${rejects}`
}

function interrupted({ id, rows_read }: UserImport, file: string): string {
  return `${count(rows_read)} rows were imported. To go on: muster users import ${file} --resume ${id}`
}

function summary({ id, rows_read, created, updated, rejected }: UserImport, written?: string): string {
  const lines = [
    `${count(rows_read)} rows: ${count(created)} users made, ${count(updated)} updated, ${count(rejected)} rejected.`,
  ]
  if (rejected > 0) {
    lines.push(
      written === undefined
        ? `See why: muster users rejected ${id} > rejected.csv`
        : `The rejected rows are in ${written}.`,
    )
  }
  return lines.join('\n')
}

async function writeRejected(
  { client }: Pick<Context, 'client'>,
  { id, columns }: UserImport,
  path: string | null,
): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield csvLine([...columns.map(({ name }) => name), 'line', 'reason'])
    for await (const { cells, line, reason } of rejectedRows(client, id)) {
      const padded = Array.from(
        { length: Math.max(columns.length, cells.length) },
        (_, place) => cells[place] ?? '',
      )
      yield csvLine([...padded, String(line), reason])
    }
  }
  if (path === null) for await (const line of lines()) process.stdout.write(line)
  else await pipeline(Readable.from(lines()), createWriteStream(path))
}

function addList(users: Command): void {
  const command = users
    .command('imports')
    .description('imports of users from CSV')
    .action(async () => {
      await withConnection(command, async ({ client, output }) => {
        const found = await client.listUserImports()
        output.answer(found, () =>
          table(
            ['id', 'file', 'status', 'rows', 'made', 'updated', 'rejected', 'begun'],
            found.map((one) => [
              one.id,
              one.name,
              one.status,
              one.rows_read,
              one.created,
              one.updated,
              one.rejected,
              one.started_at,
            ]),
          ),
        )
        return undefined
      })
    })
  example(command, 'muster users imports')
}

function addRejected(users: Command): void {
  const command = users
    .command('rejected <id>')
    .description('the rows of an import that could not be taken, as CSV with the line and the reason')
    .action(async (id: string) => {
      await withConnection(command, async ({ client, output }) => {
        const found = await client.getUserImport({ params: { id } })
        if (command.optsWithGlobals<{ json?: boolean }>().json) {
          const rows: RejectedRow[] = []
          for await (const row of rejectedRows(client, id)) rows.push(row)
          output.answer(rows, () => '')
        } else await writeRejected({ client }, found, null)
        return undefined
      })
    })
  example(command, 'muster users rejected 0b3f6c1e-… > rejected.csv')
}
