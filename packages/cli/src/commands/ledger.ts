import type { Client } from '@muster/core/api/client.ts'
import type { LedgerRow, SentMember } from '@muster/core/api/ledger-routes.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { parseIso, toIso } from '@muster/core/lib/instant.ts'
import { formatIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import { type Command, Option } from 'commander'
import { example, withConnection, wrongUsage } from '../command.ts'
import { count, table } from '../output.ts'
import { type FileColumn, writeRows } from '../row-file.ts'

/** `ledger` (what a sync has sent, id by id) and `members` (who was in its cohort at a time). */
export function addLedger(program: Command): void {
  addLedgerCommand(program)
  addMembers(program)
}

const shownRows = 50
const columns: readonly FileColumn[] = [
  { name: 'run', type: 'bigint' },
  { name: 'n', type: 'bigint' },
  { name: 'operation', type: 'varchar' },
  { name: 'namespace', type: 'varchar' },
  { name: 'value', type: 'varchar' },
  { name: 'row_key', type: 'varchar' },
  { name: 'batch', type: 'integer' },
  { name: 'status', type: 'varchar' },
  { name: 'attempts', type: 'integer' },
  { name: 'answer', type: 'varchar' },
  { name: 'request_id', type: 'varchar' },
  { name: 'at', type: 'timestamptz' },
]

interface LedgerOptions {
  readonly run?: string
  readonly status?: LedgerRow['status']
  readonly find?: string
  readonly out?: string
}

function addLedgerCommand(program: Command): void {
  const command = program
    .command('ledger <sync>')
    .description('what became of each id that a sync has sent')
    .option('--run <id>', 'of one run')
    .addOption(
      new Option('--status <status>', 'only those that are').choices(['accepted', 'rejected', 'pending']),
    )
    .option('--find <text>', 'only those whose identifier has this text in it, or whose row has this key')
    .option('--out <file>', 'all of it: CSV, or Parquet where the name ends in .parquet')
    .action(async (name: string) => {
      const { out, ...which } = command.opts<LedgerOptions>()
      await withConnection(command, async ({ client, output }) => {
        if (out !== undefined) {
          const tell = (rows: number): void => output.progress(`${count(rows)} rows`)
          const written = await writeRows(out, columns, ledgerOf(client, name, which), tell)
          output.answer({ file: out, rows: written }, () => `${count(written)} rows in ${out}`)
          return undefined
        }
        const { rows, next } = await client.readLedger({
          params: { name },
          query: { ...which, limit: shownRows },
        })
        output.answer(rows, () =>
          [
            table(
              ['run', 'operation', 'identifier', 'status', 'at', 'answer'],
              rows.map((row) => [
                row.run,
                row.operation,
                formatIdentifier(row.identifier),
                row.status,
                row.at ?? '',
                row.answer ?? '',
              ]),
            ),
            ...(next === null ? [] : ['There is more: muster ledger with --out FILE writes all of it.']),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(
    command,
    'muster ledger lapsed-vips --run 12 --status rejected',
    'muster ledger lapsed-vips --out sent.parquet',
  )
}

async function* ledgerOf(
  client: Client<Routes>,
  name: string,
  which: Omit<LedgerOptions, 'out'>,
): AsyncGenerator<(string | number | null)[]> {
  let after: string | undefined
  do {
    const query = { ...which, after, limit: 10_000 }
    const page = await client.readLedger({ params: { name }, query })
    yield* page.rows.map(ledgerFields)
    after = page.next ?? undefined
  } while (after !== undefined)
}

function ledgerFields(row: LedgerRow): (string | number | null)[] {
  const { namespace, value } = toPlain(row.identifier)
  const { run, n, operation, row_key, batch, status, attempts, answer, request_id, at } = row
  return [run, n, operation, namespace, value, row_key, batch, status, attempts, answer, request_id, at]
}

const memberColumns: readonly FileColumn[] = [
  { name: 'namespace', type: 'varchar' },
  { name: 'value', type: 'varchar' },
  { name: 'row_key', type: 'varchar' },
]

function addMembers(program: Command): void {
  const command = program
    .command('members <sync>')
    .description('who was in the cohort at a time, by what the destination had accepted')
    .option('--at <time>', 'a day or a time, e.g. 2026-11-23T10:00; now without it')
    .option('--out <file>', 'all of them: CSV, or Parquet where the name ends in .parquet')
    .action(async (name: string) => {
      const { at, out } = command.opts<{ at?: string; out?: string }>()
      const instant = at === undefined ? Date.now() : parseIso(at)
      if (instant === null) {
        throw wrongUsage(`${at} is not a time`, 'Write one like 2026-11-23T10:00:00Z.')
      }
      const time = toIso(instant)
      await withConnection(command, async ({ client, output }) => {
        const query = { at: time, limit: 1 }
        const { count: members } = await client.listMembersAt({ params: { name }, query })
        if (out !== undefined) {
          await writeRows(out, memberColumns, membersOf(client, name, time), (rows) =>
            output.progress(`${count(rows)} of ${count(members)}`),
          )
        }
        output.answer({ sync: name, at: time, members, ...(out === undefined ? {} : { file: out }) }, () =>
          [
            `${count(members)} members at ${time}`,
            ...(out === undefined ? [] : [`All of them are in ${out}`]),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(command, 'muster members lapsed-vips --at 2026-11-23 --out members.parquet')
}

async function* membersOf(client: Client<Routes>, name: string, at: string): AsyncGenerator<string[]> {
  let after: string | undefined
  do {
    const page = await client.listMembersAt({ params: { name }, query: { at, after, limit: 10_000 } })
    yield* page.members.map(memberFields)
    after = page.next ?? undefined
  } while (after !== undefined)
}

function memberFields({ identifier, row_key }: SentMember): string[] {
  const { namespace, value } = toPlain(identifier)
  return [namespace, value, row_key]
}
