import type { ImportSummary } from '@muster/core/api/engage.ts'
import { fates } from '@muster/core/engage/membership.ts'
import type { Command } from 'commander'
import { example, wholeNumber, withConnection } from '../command.ts'
import { count, table } from '../output.ts'

export function addImports(program: Command): void {
  const imports = program.command('imports').description('requests of partners, also refused ones')
  addList(imports)
  addShow(imports)
  addReplay(imports)
}

interface ListOptions {
  readonly partner?: string
  readonly cohort?: string
  readonly status?: string
  readonly id?: string
  readonly limit: number
}

function addList(imports: Command): void {
  const list = imports
    .command('list')
    .description('newest first')
    .option('--partner <slug>', 'of one partner')
    .option('--cohort <cohort_id>', 'of one cohort')
    .option('--status <status>', 'answered so: 201, 400, 401, 423, 429 …')
    .option('--id <id>', 'that named this external_id, alias name or device_id')
    .option('--limit <n>', 'at most so many', wholeNumber, 20)
    .action(async () => {
      const { partner, cohort, status, id, limit } = list.opts<ListOptions>()
      await withConnection(list, async ({ client, output }) => {
        const found = await client.listImports({ query: { partner, cohort_id: cohort, status, id, limit } })
        output.answer(found, () =>
          table(
            ['time', 'import', 'partner', 'cohort_id', 'status', 'ids', 'what became of it'],
            found.map((one) => [
              one.at,
              one.id,
              one.partner,
              one.cohort_id ?? '',
              String(one.status),
              one.counts.ids,
              outcomeOf(one),
            ]),
          ),
        )
        return undefined
      })
    })
  example(list, 'muster imports list --partner hightouch --status 401', 'muster imports list --id 4711')
}

function addShow(imports: Command): void {
  const show = imports
    .command('show <import>')
    .description('one request with the fate of each id')
    .action(async (id: string) => {
      await withConnection(show, async ({ client, output }) => {
        const found = await client.getImport({ params: { id } })
        output.answer(found, () =>
          [
            `${found.at}  ${found.partner} ${found.cohort_id ?? ''}  ${found.status}  ${outcomeOf(found)}`,
            table(
              ['identifier', 'change', 'fate'],
              found.fates.map(({ kind, label, value, remove, fate }) => [
                kind === 'alias' ? `alias ${label}: ${value}` : `${kind} ${value}`,
                remove ? 'remove' : 'add',
                fate.replaceAll('_', ' '),
              ]),
            ),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(show, 'muster imports show 2f6c0a3e-…')
}

function addReplay(imports: Command): void {
  const replay = imports
    .command('replay <import>')
    .description('run the changes of an import again, as a new import')
    .action(async (id: string) => {
      await withConnection(replay, async ({ client, output }) => {
        const made = await client.replayImport({ params: { id } })
        output.answer(made, () => `Import ${made.id}: ${outcomeOf(made)}`)
        return undefined
      })
    })
  example(replay, 'muster imports replay 2f6c0a3e-…')
}

/** What a request came to, in words. */
function outcomeOf({ counts, message, endpoint, cause }: ImportSummary): string {
  if (message !== null) return message
  if (counts.ids === 0) return endpoint === 'name' ? 'named' : 'no change'
  const parts = fates
    .filter((fate) => counts[fate] > 0)
    .map((fate) => `${count(counts[fate])} ${fate.replaceAll('_', ' ')}`)
  return cause === 'import' ? parts.join(', ') : `${parts.join(', ')} (${cause})`
}
