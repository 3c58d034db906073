import type { Client } from '@muster/core/api/client.ts'
import type { RejectedRow } from '@muster/core/api/rejected-routes.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { formatIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { count, table } from '../output.ts'
import { type FileColumn, writeRows } from '../row-file.ts'

/** `rejected` (what the destination rejects, id by id) and `retry-rejected` (the next run sends all of it). */
export function addRejected(program: Command): void {
  addList(program)
  addRetry(program)
}

const shownRows = 50
const columns: readonly FileColumn[] = [
  { name: 'operation', type: 'varchar' },
  { name: 'namespace', type: 'varchar' },
  { name: 'value', type: 'varchar' },
  { name: 'row_key', type: 'varchar' },
  { name: 'tries', type: 'integer' },
  { name: 'set_aside', type: 'boolean' },
  { name: 'reason', type: 'varchar' },
  { name: 'first_run', type: 'bigint' },
  { name: 'last_run', type: 'bigint' },
]

interface ListOptions {
  readonly setAside?: boolean
  readonly find?: string
  readonly out?: string
}

function addList(program: Command): void {
  const command = program
    .command('rejected <sync>')
    .description('what the destination rejects, in how many runs in a row, and why')
    .option('--set-aside', 'only what is not sent any more')
    .option('--find <text>', 'only those whose identifier has this text in it, or whose row has this key')
    .option('--out <file>', 'all of it: CSV, or Parquet where the name ends in .parquet')
    .action(async (name: string) => {
      const { out, ...which } = command.opts<ListOptions>()
      await withConnection(command, async ({ client, output }) => {
        if (out !== undefined) {
          const tell = (rows: number): void => output.progress(`${count(rows)} rows`)
          const written = await writeRows(out, columns, rejectedOf(client, name, which), tell)
          output.answer({ file: out, rows: written }, () => `${count(written)} rows in ${out}`)
          return undefined
        }
        const page = await client.listRejected({
          params: { name },
          query: { ...queryOf(which), limit: shownRows },
        })
        output.answer({ sync: name, ...page }, () => formatRejected(name, page))
        return undefined
      })
    })
  example(
    command,
    'muster rejected lapsed-vips',
    'muster rejected lapsed-vips --set-aside --out rejected.csv',
  )
}

type Page = Awaited<ReturnType<Client<Routes>['listRejected']>>

function formatRejected(name: string, { rows, tries, next }: Page): string {
  if (rows.length === 0) return `Nothing of ${name} is rejected.`
  const policy =
    tries === null
      ? 'Each of them is tried again by every run; `rejected: { tries: N }` in the sync’s file sets a limit.'
      : `After ${tries === 1 ? '1 run' : `${count(tries)} runs in a row`} a change is set aside. Send all of them again with: muster retry-rejected ${name}`
  return [
    table(
      ['operation', 'identifier', 'tries', 'set aside', 'runs', 'reason'],
      rows.map((row) => [
        row.operation,
        formatIdentifier(row.identifier),
        count(row.tries),
        row.set_aside ? 'yes' : '',
        row.first_run === row.last_run ? row.last_run : `${row.first_run}–${row.last_run}`,
        row.reason,
      ]),
    ),
    policy,
    ...(next === null ? [] : ['There is more: muster rejected with --out FILE writes all of it.']),
  ].join('\n')
}

async function* rejectedOf(
  client: Client<Routes>,
  name: string,
  which: Omit<ListOptions, 'out'>,
): AsyncGenerator<(string | number | null)[]> {
  let after: string | undefined
  do {
    const query = { ...queryOf(which), after, limit: 10_000 }
    const page = await client.listRejected({ params: { name }, query })
    yield* page.rows.map(fieldsOf)
    after = page.next ?? undefined
  } while (after !== undefined)
}

function queryOf({ setAside, find }: Omit<ListOptions, 'out'>) {
  return { set_aside: setAside === true ? 'true' : undefined, find }
}

function fieldsOf(row: RejectedRow): (string | number | null)[] {
  const { namespace, value } = toPlain(row.identifier)
  const { operation, row_key, tries, set_aside, reason, first_run, last_run } = row
  return [operation, namespace, value, row_key, tries, String(set_aside), reason, first_run, last_run]
}

function addRetry(program: Command): void {
  const command = program
    .command('retry-rejected <sync>')
    .description('forget how often changes were rejected: the next run sends them all')
    .action(async (name: string) => {
      await withConnection(command, async ({ client, output }) => {
        const { forgotten } = await client.retryRejected({ params: { name } })
        const sent = forgotten === 1 ? '1 change is' : `${count(forgotten)} changes are`
        output.answer({ sync: name, forgotten }, () =>
          forgotten === 0
            ? `Nothing of ${name} is rejected.`
            : `${sent} tried again by the next run: muster run ${name}`,
        )
        return undefined
      })
    })
  example(command, 'muster retry-rejected lapsed-vips')
}
