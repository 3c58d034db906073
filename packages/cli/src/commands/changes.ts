import { rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import type { PlannedChange } from '@muster/core/api/run-routes.ts'
import { formatIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import type { Command } from 'commander'
import { example, withConnection } from '../command.ts'
import { writeCsv } from '../csv-file.ts'
import { count, table } from '../output.ts'

const shownChanges = 50
const heads = ['n', 'operation', 'namespace', 'value', 'row_key']

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
          const parquet = out.toLowerCase().endsWith('.parquet')
          const csv = parquet ? `${out}.csv` : out
          try {
            const changes = await writeCsv(csv, heads, changesOf(client, id), changeFields, tell)
            if (parquet) await toParquet(csv, out)
            output.answer({ run: id, file: out, changes }, () => `${count(changes)} changes in ${out}`)
          } finally {
            if (parquet) await rm(csv, { force: true })
          }
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

async function* changesOf(client: Client<Routes>, id: string): AsyncGenerator<PlannedChange> {
  let from: number | null = 0
  while (from !== null) {
    const page: { changes: PlannedChange[]; next: number | null } = await client.listChanges({
      params: { id },
      query: { from, limit: 10_000 },
    })
    yield* page.changes
    from = page.next
  }
}

function changeFields({ n, operation, identifier, row_key }: PlannedChange): string[] {
  const { namespace, value } = toPlain(identifier)
  return [String(n), operation, namespace, value, row_key]
}

async function toParquet(csv: string, parquet: string): Promise<void> {
  const text = (path: string): string => `'${path.replaceAll("'", "''")}'`
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'true' })
  try {
    const connection = await instance.connect()
    const types =
      "{'n': 'bigint', 'operation': 'varchar', 'namespace': 'varchar', 'value': 'varchar', 'row_key': 'varchar'}"
    await connection.run(
      `copy (from read_csv(${text(csv)}, header = true, quote = '"', escape = '"', nullstr = '\\N', columns = ${types}))
       to ${text(parquet)} (format parquet)`,
    )
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
}
