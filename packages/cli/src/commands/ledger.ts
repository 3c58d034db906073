import type { Client } from '@muster/core/api/client.ts'
import type { LedgerRow, SentMember } from '@muster/core/api/ledger-routes.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { parseIso, toIso } from '@muster/core/lib/instant.ts'
import { formatIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { writeCsv } from '../csv-file.ts'
import { count, table } from '../output.ts'

/** `ledger` (what a sync has sent, id by id) and `members` (who was in its cohort at a time). */
export function addLedger(program: Command): void {
  addLedgerCommand(program)
  addMembers(program)
}

const shownRows = 50
const heads = [
  'run',
  'n',
  'operation',
  'namespace',
  'value',
  'row_key',
  'batch',
  'status',
  'attempts',
  'answer',
  'request_id',
  'at',
]

function addLedgerCommand(program: Command): void {
  const command = program
    .command('ledger <sync>')
    .description('what became of each id that a sync has sent')
    .option('--run <id>', 'of one run')
    .option('--out <file>', 'all of it, as CSV')
    .action(async (name: string) => {
      const { run, out } = command.opts<{ run?: string; out?: string }>()
      await withConnection(command, async ({ client, output }) => {
        if (out !== undefined) {
          const written = await writeCsv(out, heads, ledgerOf(client, name, run), ledgerFields, (rows) =>
            output.progress(`${count(rows)} rows`),
          )
          output.answer({ file: out, rows: written }, () => `${count(written)} rows in ${out}`)
          return undefined
        }
        const { rows, next } = await client.readLedger({ params: { name }, query: { run, limit: shownRows } })
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
  example(command, 'muster ledger lapsed-vips --run 12 --out sent.csv')
}

async function* ledgerOf(
  client: Client<Routes>,
  name: string,
  run: string | undefined,
): AsyncGenerator<LedgerRow> {
  let after: string | undefined
  do {
    const page = await client.readLedger({ params: { name }, query: { run, after, limit: 10_000 } })
    yield* page.rows
    after = page.next ?? undefined
  } while (after !== undefined)
}

function ledgerFields(row: LedgerRow): string[] {
  const { namespace, value } = toPlain(row.identifier)
  const { run, n, operation, row_key, batch, status, attempts, answer, request_id, at } = row
  const known = [
    run,
    n,
    operation,
    namespace,
    value,
    row_key,
    batch,
    status,
    attempts,
    answer,
    request_id,
    at,
  ]
  return known.map((field) => String(field ?? ''))
}

function addMembers(program: Command): void {
  const command = program
    .command('members <sync>')
    .description('who was in the cohort at a time, by what the destination had accepted')
    .requiredOption('--at <time>', 'a day or a time, e.g. 2026-11-23T10:00')
    .option('--out <file>', 'all of them, as CSV')
    .action(async (name: string) => {
      const { at, out } = command.opts<{ at: string; out?: string }>()
      const instant = parseIso(at)
      if (instant === null) {
        throw invalid('bad_time', `${at} is not a time`, { hint: 'Write one like 2026-11-23T10:00:00Z.' })
      }
      const time = toIso(instant)
      await withConnection(command, async ({ client, output }) => {
        const query = { at: time, limit: 1 }
        const { count: members } = await client.listMembersAt({ params: { name }, query })
        if (out !== undefined) {
          await writeCsv(
            out,
            ['namespace', 'value', 'row_key'],
            membersOf(client, name, time),
            memberFields,
            (rows) => output.progress(`${count(rows)} of ${count(members)}`),
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
  example(command, 'muster members lapsed-vips --at 2026-11-23 --out members.csv')
}

async function* membersOf(client: Client<Routes>, name: string, at: string): AsyncGenerator<SentMember> {
  let after: string | undefined
  do {
    const page = await client.listMembersAt({ params: { name }, query: { at, after, limit: 10_000 } })
    yield* page.members
    after = page.next ?? undefined
  } while (after !== undefined)
}

function memberFields({ identifier, row_key }: SentMember): string[] {
  const { namespace, value } = toPlain(identifier)
  return [namespace, value, row_key]
}
