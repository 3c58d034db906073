import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createLedgerTableSql,
  forgetCopiedRunSql,
  type LedgerTable,
  ledgerColumns,
  ledgerZone,
} from '@muster/core/sync/compile/ledger-copy.ts'
import { speechOf } from '@muster/core/sync/compile/speech.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { expect, it } from 'vitest'
import { executedDialects } from './source-compiled.ts'
import type { SourceUnderTest } from './source-setup.ts'
import { rowsIn } from './source-warehouse.ts'

type Values = Readonly<Record<string, string | null>>

const awkward = `it's "7", \\N \\ é🙂\n second line `

/** A source that is written to holds a ledger as it was loaded: nulls, times and awkward texts included. */
export function ledgerCopyContract({ setup, config, emptyDirectory }: SourceUnderTest): void {
  const dialect = executedDialects.find((one) => one === setup.source.dialect)
  if (!dialect || setup.source.name !== dialect) return
  const at = `2026-02-28 23:59:59.123${ledgerZone(dialect)}`

  it('keeps the runs and changes of a ledger, and takes one run out by its id', async () => {
    const source = await setup.source.open(setup.engine?.(config()) ?? config())
    const directory = await emptyDirectory()
    const { signal } = new AbortController()
    try {
      if (!source.inWarehouse) throw new Error(`${setup.source.name} is not written to`)
      const rows = await source.inWarehouse({ signal, directory }, async (session) => {
        const nameOf = (table: LedgerTable): string => session.stays(`contract_ledger_${table}`)
        const order = ['change', 'run'] as const
        for (const table of order) await session.run(`drop table if exists ${nameOf(table)}`)
        const put = async (runId: string, values: Values): Promise<void> => {
          for (const table of order) {
            await session.run(createLedgerTableSql(dialect, table, nameOf(table)))
            await session.run(forgetCopiedRunSql(nameOf(table), runId))
            await session.load(
              nameOf(table),
              await rowFile(directory, table, { ...values, run_id: runId, n: '0' }),
            )
          }
        }
        await put('a1', { identifier_value: 'broken off' })
        await put('b2', { identifier_value: 'another run' })
        await put('a1', {
          identifier_value: awkward,
          attempts: '4294967296123',
          settled_at: at,
          started_at: at,
          message: awkward,
        })
        return { change: await read(session, 'change'), run: await read(session, 'run') }

        function read(on: WarehouseSession, table: LedgerTable): Promise<string[][]> {
          const { text } = speechOf(dialect ?? 'duckdb')
          const [value, time, int] =
            table === 'change'
              ? ['identifier_value', 'settled_at', 'attempts']
              : ['message', 'started_at', 'planned']
          const items = [
            'run_id',
            `coalesce(${value}, ${text('(null)')}) as value`,
            `case when ${time} is null then 1 else 0 end as timeless`,
            `coalesce(${int}, -1) as number`,
          ]
          return extract(on, `select ${items.join(', ')} from ${nameOf(table)}`)
        }
      })
      const [change, run] = [rows.change.toSorted(), rows.run.toSorted()]
      expect(change).toEqual([
        ['a1', awkward, '0', '4294967296123'],
        ['b2', 'another run', '1', '-1'],
      ])
      expect(run).toEqual([
        ['a1', awkward, '0', '-1'],
        ['b2', '(null)', '1', '-1'],
      ])
    } finally {
      await source.close()
    }

    async function extract(on: WarehouseSession, sql: string): Promise<string[][]> {
      const into = await mkdtemp(join(directory, 'out-'))
      return rowsIn(await on.extract(sql, ['run_id', 'value', 'timeless', 'number'], into))
    }
  })
}

async function rowFile(directory: string, table: LedgerTable, values: Values) {
  const columns = ledgerColumns[table].map(({ name }) => name)
  const path = join(directory, `ledger-${table}.csv`)
  const cell = (value: string | null): string => (value === null ? '\\N' : `"${value.replaceAll('"', '""')}"`)
  await writeFile(path, `${columns.map((name) => cell(values[name] ?? null)).join(',')}\n`)
  return { format: 'csv' as const, columns, paths: [path], rows: 1 }
}
