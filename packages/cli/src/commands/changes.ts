import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import type { PlannedChange } from '@muster/core/api/run-routes.ts'
import { formatIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { count, table } from '../output.ts'
import { type FileColumn, writeRows } from '../row-file.ts'

const shownChanges = 50
const columns: readonly FileColumn[] = [
  { name: 'n', type: 'bigint' },
  { name: 'operation', type: 'varchar' },
  { name: 'namespace', type: 'varchar' },
  { name: 'value', type: 'varchar' },
  { name: 'row_key', type: 'varchar' },
]

/** `changes`: exactly whom a plan adds and removes, before it is applied or after. */
export function addChanges(program: Command): void {
  const command = program
    .command('changes <run>')
    .description('exactly whom a run adds and removes, before it is applied or after')
    .option('--out <file>', 'all of them: CSV, or Parquet where the name ends in .parquet')
    .action(async (id: string) => {
      const { out } = command.opts<{ out?: string }>()
      await withConnection(command, async ({ client, output }) => {
        if (out !== undefined) {
          const tell = (rows: number): void => output.progress(`${count(rows)} changes`)
          const changes = await writeRows(out, columns, changesOf(client, id), tell)
          output.answer({ run: id, file: out, changes }, () => `${count(changes)} changes in ${out}`)
          return undefined
        }
        const query = { limit: shownChanges }
        const { changes, next } = await client.listChanges({ params: { id }, query })
        output.answer(changes, () =>
          [
            table(
              ['n', 'operation', 'identifier', 'row key'],
              changes.map((one) => [one.n, one.operation, formatIdentifier(one.identifier), one.row_key]),
            ),
            ...(next === null ? [] : ['There are more: muster changes with --out FILE writes all of them.']),
          ].join('\n'),
        )
        return undefined
      })
    })
  example(command, 'muster changes 12', 'muster changes 12 --out plan.parquet')
}

async function* changesOf(client: Client<Routes>, id: string): AsyncGenerator<(string | number)[]> {
  let from: number | null = 0
  while (from !== null) {
    const page: { changes: PlannedChange[]; next: number | null } = await client.listChanges({
      params: { id },
      query: { from, limit: 10_000 },
    })
    yield* page.changes.map(changeFields)
    from = page.next
  }
}

function changeFields({ n, operation, identifier, row_key }: PlannedChange): (string | number)[] {
  const { namespace, value } = toPlain(identifier)
  return [n, operation, namespace, value, row_key]
}
