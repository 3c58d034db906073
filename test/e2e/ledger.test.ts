import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { ExportedFile } from '@muster/server/sync/export-files.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const person = (id: string): Customer => ({
  id: Number(id.slice(1)),
  external_id: id,
  crm: null,
  device: null,
})
const people = (...ids: string[]): Customer[] => ids.map(person)

describe('the ledger of a sync', () => {
  let harness: SyncHarness
  let now = Date.UTC(2026, 10, 24)
  beforeEach(async () => {
    now = Date.UTC(2026, 10, 24)
    harness = await startSyncHarness({ clock: () => now })
  })
  afterEach(() => harness.close())

  /** Runs a day later. */
  const runOn = async (...ids: string[]): Promise<number> => {
    now += 86_400_000
    await harness.customers(people(...ids))
    const planned = await harness.go('plan')
    const run = await harness.apply(planned, planned.status === 'held')
    await harness.sync.writeLedgers()
    return run.id
  }
  const rows = async (run: number | null = null) => {
    const page = await harness.sync.ledger('people', { run, after: null, limit: 1_000 })
    return page.rows.map(
      ({ run: of, operation, identifier, status }) =>
        `${of} ${operation} ${'value' in identifier ? identifier.value : ''} ${status}`,
    )
  }

  it('has each change of each run with what became of it', async () => {
    const first = await runOn('c1', 'c2', 'c3')
    harness.remote.refuse = (identifier) => identifier.kind === 'external_id' && identifier.value === 'c4'
    const second = await runOn('c2', 'c3', 'c4', 'c5')
    expect((await rows(first)).sort()).toEqual([
      `${first} add c1 accepted`,
      `${first} add c2 accepted`,
      `${first} add c3 accepted`,
    ])
    expect((await rows(second)).sort()).toEqual([
      `${second} add c4 rejected`,
      `${second} add c5 accepted`,
      `${second} remove c1 accepted`,
    ])
    const [rejected] = (
      await harness.sync.ledger('people', { run: second, after: null, limit: 9 })
    ).rows.filter(({ status }) => status === 'rejected')
    expect(rejected).toMatchObject({
      identifier: { kind: 'external_id', value: 'c4' },
      row_key: '4',
      answer: expect.stringContaining('400'),
      at: expect.stringContaining(new Date(now).toISOString().slice(0, 16)),
    })
  })

  it('finds an id by a part of it or by the key of its row, and those of one status', async () => {
    harness.remote.refuse = (identifier) => identifier.kind === 'external_id' && identifier.value === 'c13'
    await runOn('c12', 'c13', 'x2')
    const found = async (query: { find?: string; status?: 'accepted' | 'rejected' }) => {
      const page = await harness.sync.ledger('people', { run: null, after: null, limit: 9, ...query })
      return page.rows.map(({ identifier }) => ('value' in identifier ? identifier.value : '')).sort()
    }
    expect(await found({ find: 'C1' })).toEqual(['c12', 'c13'])
    expect(await found({ find: '2' })).toEqual(['c12', 'x2'])
    expect(await found({ find: '13' })).toEqual(['c13'])
    expect(await found({ find: '%' })).toEqual([])
    expect(await found({ status: 'rejected' })).toEqual(['c13'])
  })

  it('is saved whole as CSV and as Parquet, as are the changes of a run and who was in the cohort', async () => {
    await runOn('c1', 'c2')
    const second = await runOn('c2', 'c3')
    const { sync } = harness
    const changes = (format: 'csv' | 'parquet') => sync.exportChanges(String(second), format)
    const ledger = (format: 'csv' | 'parquet') => sync.exportLedger('people', { run: second, format })
    for (const format of ['csv', 'parquet'] as const) {
      expect(await saved(await changes(format), 'operation, namespace, value, row_key::text')).toEqual([
        ['remove', 'external_id', 'c1', '1'],
        ['add', 'external_id', 'c3', '3'],
      ])
      expect(await saved(await ledger(format), 'run::int as run, operation, value, status')).toEqual([
        [second, 'remove', 'c1', 'accepted'],
        [second, 'add', 'c3', 'accepted'],
      ])
    }
    const members = await sync.exportMembers('people', { at: now - 1, format: 'csv' })
    expect(await saved(members, 'value')).toEqual([['c1'], ['c2']])
    await expect(sync.exportLedger('people', { run: 99, format: 'csv' })).rejects.toMatchObject({
      code: 'no_ledger',
    })
    const left = await readdir(join(harness.directory, 'sync'), { recursive: true })
    expect(left.filter((name) => name.includes('export-'))).toEqual([])
  })

  it('is given page by page, each row once', async () => {
    await runOn(...Array.from({ length: 25 }, (_, n) => `c${n + 1}`))
    await runOn(...Array.from({ length: 22 }, (_, n) => `c${n + 6}`))
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<typeof harness.sync.ledger>> = await harness.sync.ledger('people', {
        run: null,
        after,
        limit: 7,
      })
      seen.push(...page.rows.map(({ run, n }) => `${run}-${n}`))
      after = page.next
    } while (after !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(25 + 5 + 2)
  })

  it('knows who was in the cohort at any time', async () => {
    const before = now
    await runOn('c1', 'c2', 'c3')
    const afterFirst = now
    await runOn('c2', 'c3', 'c4')
    await runOn('c1', 'c2')
    const at = async (time: number) => {
      const { count, members } = await harness.sync.membersAt('people', { at: time, after: null, limit: 10 })
      expect(members).toHaveLength(count)
      return members.map(({ identifier }) => ('value' in identifier ? identifier.value : '')).sort()
    }
    expect(await at(before)).toEqual([])
    // A run takes its time, also where the clock stands.
    const minute = 60_000
    expect(await at(afterFirst + minute)).toEqual(['c1', 'c2', 'c3'])
    expect(await at(afterFirst + 86_399_999)).toEqual(['c1', 'c2', 'c3'])
    expect(await at(afterFirst + 86_400_000 + minute)).toEqual(['c2', 'c3', 'c4'])
    expect(await at(now + minute)).toEqual(harness.members())
  })

  it('is forgotten after its time, and the sync goes on as before', async () => {
    const first = await runOn('c1', 'c2')
    await runOn('c2', 'c3')
    await harness.sync.close()
    now += 30 * 86_400_000
    await runOnceWith({ ledgerKeptMs: 30.5 * 86_400_000 })
    expect(await rows(first)).toEqual([])
    expect(await rows()).toHaveLength(2)
    await runOn('c2')
    expect(harness.members()).toEqual(['c2'])
  })

  /** Opens the half anew as a server does, and lets it look once. */
  async function runOnceWith(options: { readonly ledgerKeptMs: number }): Promise<void> {
    harness.sync = harness.open(options)
    await harness.sync.writeLedgers()
  }

  it('says of a run whose files were lost that it has none, and writes the others', async () => {
    const first = await runOn('c1')
    now += 86_400_000
    await harness.customers(people('c1', 'c2'))
    const lost = await harness.go()
    await rm(join(harness.directory, 'sync', '1', `run-${lost.id}`), { recursive: true })
    await harness.sync.writeLedgers()
    const third = await runOn('c1', 'c2', 'c3')
    expect(await rows()).toEqual([`${first} add c1 accepted`, `${third} add c3 accepted`])
  })

  it('refuses a cursor that is none', async () => {
    await expect(
      harness.sync.ledger('people', { run: null, after: 'nonsense', limit: 1 }),
    ).rejects.toMatchObject({ code: 'bad_cursor' })
    await expect(harness.sync.membersAt('people', { at: 0, after: '!', limit: 1 })).rejects.toMatchObject({
      code: 'bad_cursor',
    })
  })
})

/** The rows of an exported file, which is discarded. */
async function saved(file: ExportedFile, columns: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll(`select ${columns} from '${file.path}'`)
    return reader.getRowsJS()
  } finally {
    instance.closeSync()
    await file.discard()
  }
}
