import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OpenSource } from '@muster/core/sync/source.ts'
import { afterAll, beforeAll, describe } from 'vitest'
import { compiledContract } from './source-compiled.ts'
import { failureContract } from './source-failures.ts'
import { ledgerCopyContract } from './source-ledger-copy.ts'
import { networkContract } from './source-network.ts'
import { readContract } from './source-reads.ts'
import { refusalContract } from './source-refusals.ts'
import { type Config, type Person, people, type SourceSetup, type SourceUnderTest } from './source-setup.ts'
import { warehouseContract } from './source-warehouse.ts'

export type { Config, Network, Person, SourceSetup, Speech } from './source-setup.ts'

/** The contract that every source keeps (core/sync/source.ts). */
export function sourceContract(setup: SourceSetup): void {
  describe(`source ${setup.source.name}`, () => {
    let directory = ''
    let config: Config = {}
    let open: OpenSource
    const under: SourceUnderTest = {
      setup,
      select: `select id, crm_id, city from ${setup.table}`,
      open: () => open,
      config: () => config,
      emptyDirectory: () => mkdtemp(join(directory, 'out-')),
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-source-'))
      config = await setup.fill(directory, people)
      open = await setup.source.open(config)
    })
    afterAll(async () => {
      await open?.close()
      await rm(directory, { recursive: true, force: true })
    })

    readContract(under)
    compiledContract(under)
    warehouseContract(under)
    ledgerCopyContract(under)
    failureContract(under)
    refusalContract(under)
    if (setup.network) networkContract(under, setup.network)
  })
}

/** Writes the people as CSV, nulls as empty fields. */
export async function writePeopleCsv(path: string, rows: readonly Person[]): Promise<void> {
  const line = (row: Person): string => [row.id, row.crm_id ?? '', row.city ?? ''].join(',')
  await writeFile(path, ['id,crm_id,city', ...rows.map(line), ''].join('\n'))
}
