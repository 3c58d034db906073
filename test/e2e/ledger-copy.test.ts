import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMusterProcess } from './muster-process.ts'
import { definitions, postgresConfig, type SyncHarness, startSyncHarness } from './sync-harness.ts'

// The copy of a ledger in the warehouse, read there as an analyst would.

let half: SyncHarness
let now = 0
beforeEach(async () => {
  now = Date.UTC(2026, 10, 24, 6)
  half = await startSyncHarness({ clock: () => now })
})
afterEach(() => half.close())

type Row = Readonly<Record<string, unknown>>

const ownerRows = (statement: string): Promise<Row[]> =>
  half.database.owner.rows<Row>({ strings: [statement], parts: [] })

const people = [
  `select 1 as id, 'ada' as external_id, null::text as crm, null::text as device`,
  `select 2, null, 'C-7 ''quoted", line', null`,
  `select 3, null, null, 'device 3'`,
  `select 4, 'refused', null, null`,
]
const selectOf = (...which: number[]): string => which.map((n) => people[n] ?? '').join(' union all ')

const warehouses = {
  duckdb: {
    put: async () => {},
    fill: (query: string) => half.warehouse(query),
    ask: async (query: string): Promise<Row[]> => {
      const instance = await DuckDBInstance.create(join(half.directory, 'shop.duckdb.muster'))
      const connection = await instance.connect()
      const reader = await connection.runAndReadAll(query.replaceAll('muster.', ''))
      const rows = reader.getRowObjectsJson()
      connection.closeSync()
      instance.closeSync()
      return rows
    },
    breakIt: async () => {
      const instance = await DuckDBInstance.create(join(half.directory, 'shop.duckdb.muster'))
      const connection = await instance.connect()
      await connection.run('create table ledger_run (something integer)')
      connection.closeSync()
      instance.closeSync()
    },
    mendIt: () => warehouses.duckdb.ask('drop table ledger_run'),
  },
  postgres: {
    put: async () => {
      const config = postgresConfig(half.database.url)
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
    },
    fill: async (query: string) => {
      await ownerRows('drop table if exists customers')
      await ownerRows(`create table customers as ${query}`)
    },
    ask: ownerRows,
    breakIt: async () => {
      await ownerRows('create schema if not exists muster')
      await ownerRows('create table muster.ledger_run (something integer)')
    },
    mendIt: () => ownerRows('drop table muster.ledger_run'),
  },
} as const

const define = (more: object = {}): Promise<unknown> =>
  half.sync.putSync({
    name: 'people',
    body: {
      ...definitions.sync,
      ledger: { copy: 'warehouse' },
      guards: { max_removed: '100%', min_members: 0, max_null_keys: '100%' },
      ...more,
    },
    dryRun: false,
  })
const copy = async (): Promise<void> => {
  await half.sync.writeLedgers()
  await half.sync.copyLedgers()
}
const standing = async () => (await half.sync.sync('people')).copy

describe.each(['duckdb', 'postgres'] as const)('a ledger that is copied into %s', (name) => {
  const { put, fill, ask, breakIt, mendIt } = warehouses[name]
  beforeEach(async () => {
    await put()
    half.remote.refuse = (one) => one.kind === 'external_id' && one.value === 'refused'
    await fill(selectOf(0, 1, 2, 3))
    await define()
  })

  const changes = () =>
    ask(`select c.run, operation, identifier_kind, identifier_label, identifier_value, row_key, c.status, attempts,
        answer is not null as has_answer, left(cast(settled_at at time zone 'UTC' as varchar), 16) as settled_at
      from muster.ledger_change c join muster.ledger_run r on r.run_id = c.run_id order by c.run, operation, row_key`)
  const runs = () =>
    ask(`select run, sync, kind, status, destination, cast(rows_read as integer) as rows_read, cast(added as integer) as added,
        cast(removed as integer) as removed, cast(accepted as integer) as accepted, cast(rejected as integer) as rejected,
        cast(pending as integer) as pending, left(cast(finished_at at time zone 'UTC' as varchar), 16) as finished_at
      from muster.ledger_run order by run`)

  it('has a row for each run and for each change, with what became of it', async () => {
    await half.go()
    now += 86_400_000
    await fill(selectOf(0, 2))
    await half.go()
    await copy()
    expect(await standing()).toMatchObject({ copied: 2, waiting: 0, error: null, next_at: null })
    expect((await runs()).map((row) => ({ ...row, run: Number(row.run) }))).toEqual([
      {
        run: 1,
        sync: 'people',
        kind: 'sync',
        status: 'done',
        destination: 'braze',
        rows_read: 4,
        added: 4,
        removed: 0,
        accepted: 3,
        rejected: 1,
        pending: 0,
        finished_at: '2026-11-24 06:00',
      },
      expect.objectContaining({
        run: 2,
        rows_read: 2,
        added: 0,
        removed: 1,
        finished_at: '2026-11-25 06:00',
      }),
    ])
    const shown = (await changes()).map((row) => ({
      ...row,
      run: Number(row.run),
      attempts: Number(row.attempts),
    }))
    const at = '2026-11-24 06:00'
    const first = {
      run: 1,
      operation: 'add',
      identifier_label: null,
      status: 'accepted',
      has_answer: true,
      settled_at: at,
    }
    expect(shown).toMatchObject([
      { ...first, identifier_kind: 'external_id', identifier_value: 'ada', row_key: '1' },
      {
        ...first,
        identifier_kind: 'alias',
        identifier_label: 'crm',
        identifier_value: `C-7 'quoted", line`,
        row_key: '2',
      },
      { ...first, identifier_kind: 'device_id', identifier_value: 'device 3', row_key: '3' },
      { ...first, identifier_value: 'refused', row_key: '4', status: 'rejected' },
      {
        run: 2,
        operation: 'remove',
        identifier_label: 'crm',
        row_key: '2',
        settled_at: '2026-11-25 06:00',
      },
    ])
  })

  it('has a run that failed, and one that had nothing to send', async () => {
    half.remote.refuse = () => false
    await half.go()
    await half.go()
    await fill('select 1 as other')
    await half.go()
    await copy()
    expect((await runs()).map((row) => row.status)).toEqual(['done', 'done', 'failed'])
    expect(await changes()).toHaveLength(4)
  })

  it('is the same after a copy that was broken off and begun anew', async () => {
    await half.go()
    await copy()
    const before = await changes()
    // As a crash leaves it after the rows were written and before that was remembered.
    await ownerRows('update sync.run set copied_at = null')
    await copy()
    expect(await changes()).toEqual(before)
    expect(await runs()).toHaveLength(1)
    expect(await standing()).toMatchObject({ copied: 1, waiting: 0 })
  })

  it('is copied once by two servers at a time', async () => {
    await half.go()
    await fill(selectOf(0))
    await half.go()
    await half.sync.writeLedgers()
    const other = half.open()
    await Promise.all([half.sync.copyLedgers(), other.copyLedgers(), half.sync.copyLedgers()])
    await other.close()
    now += 60_000
    await copy()
    expect(await runs()).toHaveLength(2)
    expect(await changes()).toHaveLength(4 + 2)
  })

  it('holds no run back when it fails: its error is shown, and it is tried again', async () => {
    await half.go()
    await breakIt()
    await copy()
    expect(await standing()).toMatchObject({
      copied: 0,
      waiting: 1,
      error: expect.stringMatching(/run_id/),
      next_at: now + 5_000,
    })
    expect((await half.go()).status).toBe('done')
    now += 4_999
    await copy()
    expect(await standing()).toMatchObject({ copied: 0, waiting: 2 })
    await mendIt()
    now += 60_000
    await copy()
    expect(await standing()).toMatchObject({ copied: 2, waiting: 0, error: null })
    expect(await runs()).toHaveLength(2)
  })

  it('goes on beside the engine that compares in the same place', async () => {
    await define({ engine: 'warehouse' })
    await half.go()
    await copy()
    await fill(selectOf(0, 1))
    await half.go()
    await copy()
    await half.go()
    await copy()
    expect(await runs()).toHaveLength(3)
    expect(await changes()).toHaveLength(4 + 1)
  })

  it('takes up the runs of before, as far as their ledgers are kept', async () => {
    await define({ ledger: undefined })
    await half.go()
    await copy()
    expect(await standing()).toBe(null)
    await define()
    await copy()
    expect(await runs()).toHaveLength(1)
  })
})

describe('a source that Muster does not write in', () => {
  it('is refused the copy when the sync is defined', async () => {
    await half.warehouse('select 1 as id')
    const config = { path: join(half.directory, 'people.csv') }
    await half.sync.putSource({ name: 'files', body: { type: 'csv', config }, dryRun: false })
    await writeFile(config.path, 'id,external_id\n1,a\n')
    const model = { source: 'files', table: 'rows', key: 'id' }
    await half.sync.putModel({ name: 'listed', body: model, dryRun: false })
    const identifiers = [{ external_id: 'external_id' }]
    await expect(define({ model: 'listed', identifiers })).rejects.toMatchObject({
      code: 'copy_not_possible',
      details: [{ where: 'ledger.copy' }],
    })
  })
})

describe('muster doctor', () => {
  it('says of a ledger that does not arrive why, and that it arrives once that is mended', async () => {
    const muster = await openMusterProcess()
    try {
      const project = join(dirname(muster.directory), 'project')
      const write = async (path: string, text: string): Promise<void> => {
        await mkdir(dirname(join(project, path)), { recursive: true })
        await writeFile(join(project, path), text)
      }
      await half.customers([{ id: 1, external_id: 'ada', crm: null, device: null }])
      const database = join(half.directory, 'shop.duckdb')
      await write('muster.yaml', 'version: 1\n')
      await write('sources/shop.yaml', `type: duckdb\nconfig: { path: ${database} }\n`)
      await write('models/people.yaml', 'source: shop\ntable: customers\nkey: id\n')
      await write('destinations/out.yaml', 'type: file\nconfig: { path: out }\n')
      await mkdir(join(project, 'out'))
      await write(
        'syncs/people.yaml',
        'model: people\ndestination: out\nidentifiers:\n  - external_id: external_id\ncohort: { create: P }\nledger: { copy: warehouse }\n',
      )
      // Nothing can be kept where a folder stands.
      await mkdir(`${database}.muster`)
      await muster.serve()
      await muster.ask('deploy', '--project', project)
      await muster.ask('run', 'people')
      const doctor = async (): Promise<string> => (await muster.run('doctor')).out
      await expect
        .poll(doctor, { timeout: 20_000, interval: 500 })
        .toMatch(/✗ Ledger of people in the warehouse: .*shop\.duckdb\.muster.*; tried again at \d{4}-/s)
      await rm(`${database}.muster`, { recursive: true })
      await expect
        .poll(doctor, { timeout: 40_000, interval: 500 })
        .toContain('✓ Ledger of people in the warehouse: 1 runs copied, 0 to come')
    } finally {
      await muster.close()
    }
  }, 120_000)
})
