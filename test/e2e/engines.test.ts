import { join } from 'node:path'
import { type Accepted, diff, type SyncMode } from '@muster/core/sync/diff.ts'
import { syncEngines } from '@muster/core/sync/engine.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { identifyRow, type Member, membersOf } from '@muster/core/sync/member.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Customer,
  definitions,
  postgresConfig,
  type SyncHarness,
  startSyncHarness,
} from './sync-harness.ts'

const people = (from: number, to: number): Customer[] =>
  Array.from({ length: to - from }, (_, n) => ({
    id: from + n,
    external_id: `p${from + n}`,
    crm: null,
    device: null,
  }))

// One contract for the engines, against the real far end of the sources that can do all of them: whatever an engine
// compared before, the next one goes on from there, plans what core's reference plans, and keeps the cohort exact.

let half: SyncHarness
beforeEach(async () => {
  half = await startSyncHarness()
})
afterEach(() => half.close())

const value = fc.option(
  fc.constantFrom(
    'a',
    'A',
    'á',
    'a ',
    ' a',
    'b',
    'é',
    'e\u0301',
    '7',
    '007',
    "it's",
    '\\',
    '\\N',
    '',
    '  ',
    'x\ty',
    '🙂',
  ),
  { nil: null, freq: 4 },
)
const customers = fc.array(
  fc.record({ id: fc.integer({ min: 1, max: 6 }), external_id: value, crm: value, device: value }),
  { maxLength: 14 },
)
const rounds = fc.array(
  fc.record({ rows: customers, engine: fc.constantFrom(...syncEngines), resyncs: fc.boolean() }),
  { minLength: 5, maxLength: 7 },
)

const text = (cell: string | null): string =>
  cell === null ? 'null::text' : `'${cell.replaceAll("'", "''")}'`
const selectOf = (rows: readonly Customer[]): string =>
  [
    `select 0 as id, null::text as external_id, null::text as crm, null::text as device where false`,
    ...rows.map((r) => `select ${r.id}, ${text(r.external_id)}, ${text(r.crm)}, ${text(r.device)}`),
  ].join(' union all ')

const sources = {
  duckdb: {
    put: async () => {},
    fill: (rows: readonly Customer[]) => half.warehouse(selectOf(rows)),
  },
  postgres: {
    put: async () => {
      const config = postgresConfig(half.database.url)
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
    },
    fill: async (rows: readonly Customer[]) => {
      const run = (statement: string) => half.database.owner.rows({ strings: [statement], parts: [] })
      await run('drop table if exists customers')
      await run(`create table customers as ${selectOf(rows)}`)
    },
  },
} as const

const turn = (engine: string, mode: SyncMode = 'mirror'): Promise<unknown> =>
  half.sync.putSync({
    name: 'people',
    body: {
      ...definitions.sync,
      engine,
      mode,
      guards: { max_removed: '100%', min_members: 0, max_null_keys: '100%' },
    },
    dryRun: false,
  })

describe.each(['duckdb', 'postgres'] as const)('every engine on %s', (name) => {
  it('plans as the reference does and keeps the cohort exact, whichever engine ran before', async () => {
    const source = sources[name]
    await source.put()
    await fc.assert(
      fc.asyncProperty(rounds, async (given) => {
        await half.sync.forget('people')
        for (const { members } of half.remote.cohorts.values()) members.clear()
        let known: Accepted[] = []
        for (const { rows, engine, resyncs } of given) {
          await source.fill(rows)
          await turn(engine)
          const kind = resyncs && known.length > 0 ? 'full_resync' : 'sync'
          const begun = await half.sync.begin('people', true, { kind })
          const run = await half.sync.run(String(begun.id), 60_000)
          const all = rows.map((row) => ({ row: { ...row }, rowKey: String(row.id) }))
          const { members, accounting } = membersOf(all, definitions.sync.identifiers)
          const named = all.flatMap(({ row, rowKey }): Member[] => {
            const fate = identifyRow(row, definitions.sync.identifiers)
            return fate.kind === 'identified' ? [{ identifier: fate.identifier, rowKey }] : []
          })
          const expected = diff(known, members, named, { assertsAll: kind === 'full_resync' })
          expect([run.status, run.message]).toEqual(['done', expect.any(String)])
          expect(run.plan?.counts).toMatchObject({
            rows: accounting,
            removed: expected.removed.length,
            added: expected.added.length,
            unchanged: expected.unchanged,
            reasserted: expected.reasserted,
          })
          expect(half.members()).toEqual(members.map(({ identifier }) => formatIdentifier(identifier)).sort())
          known = [...members]
        }
      }),
      { numRuns: 3 },
    )
  }, 120_000)

  it('goes on where the tables of the warehouse are lost or behind', async () => {
    const source = sources[name]
    await source.put()
    await source.fill(people(1, 50))
    await turn('warehouse')
    expect((await half.go()).plan?.counts).toMatchObject({ added: 49, removed: 0 })
    await source.fill(people(2, 51))
    expect((await half.go()).plan?.counts).toMatchObject({ added: 1, removed: 1, unchanged: 48 })
    await turn('local')
    await source.fill(people(3, 52))
    expect((await half.go()).plan?.counts).toMatchObject({ added: 1, removed: 1, unchanged: 48 })
    await turn('warehouse')
    expect((await half.go()).plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: 49 })
    await source.fill(people(4, 53))
    expect((await half.go()).plan?.counts).toMatchObject({ added: 1, removed: 1, unchanged: 48 })
    expect(half.members()).toHaveLength(49)
  }, 60_000)

  it.each(syncEngines)(
    'removes by %s who left while the sync only added, though no row has changed since',
    async (engine) => {
      const source = sources[name]
      await source.put()
      // Enough that who left and who stayed lie in the same buckets of checksums.
      await source.fill(people(0, 400))
      await turn(engine)
      await half.go()
      await source.fill(people(100, 401))
      await turn(engine, 'add_only')
      expect((await half.go()).plan?.counts).toMatchObject({ added: 1, removed: 0 })
      await turn(engine)
      expect((await half.go()).plan?.counts).toMatchObject({ added: 0, removed: 100, unchanged: 301 })
      expect(half.members()).toHaveLength(301)
      expect((await half.go()).plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: 301 })
    },
  )
})

it('refuses an engine that the source does not have, and says why', async () => {
  const config = { path: join(half.directory, 'shop.sqlite') }
  await half.sync.putSource({ name: 'file', body: { type: 'sqlite', config }, dryRun: false })
  await half.sync.putSource({
    name: 'shop',
    body: { type: 'csv', config: { path: join(half.directory, 'x.csv') } },
    dryRun: false,
  })
  await expect(turn('warehouse')).rejects.toMatchObject({ code: 'engine_not_possible' })
})

it('asks for the grant that the engine needs where its role may not write', async () => {
  const run = (statement: string) => half.database.owner.rows({ strings: [statement], parts: [] })
  const url = new URL(half.database.url)
  const user = `reader_${url.pathname.slice(1)}`
  await run(`create role ${user} login password 'p-reader'`)
  await run(
    `create table public.customers as ${selectOf([{ id: 1, external_id: 'ada', crm: null, device: null }])}`,
  )
  await run(`grant select on public.customers to ${user}; grant usage on schema public to ${user}`)
  const reader = { user, password: 'p-reader', engine_schema: 'muster engine' }
  const config = { ...postgresConfig(half.database.url), ...reader }
  await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
  await turn('warehouse')
  expect(await half.go()).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('may not make tables in the schema muster engine'),
    hint: expect.stringContaining(`grant usage, create on schema "muster engine" to "${user}"`),
  })
  await run(`create schema "muster engine"`)
  await run(`grant usage, create on schema "muster engine" to ${user}`)
  expect(await half.go()).toMatchObject({ status: 'done' })
  expect(half.members()).toEqual(['ada'])
  await run(`drop schema "muster engine" cascade`)
  await run(`drop owned by ${user}`)
  await run(`drop role ${user}`)
})
