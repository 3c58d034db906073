import { syncEngines } from '@muster/core/sync/engine.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, postgresConfig, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'

// SE-14: a source whose schema changes under a sync. What still reads as the same text is the same person; what is gone
// fails the run before any request.

let half: SyncHarness
beforeEach(async () => {
  half = await startSyncHarness()
})
afterEach(() => half.close())

const statement = (text: string) => half.database.owner.rows({ strings: [text], parts: [] })

const sources = {
  duckdb: {
    put: async () => {},
    fill: (query: string) => half.warehouse(query),
  },
  postgres: {
    put: async () => {
      const config = postgresConfig(half.database.url)
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
    },
    fill: async (query: string) => {
      await statement('drop table if exists customers')
      await statement(`create table customers as ${query}`)
    },
  },
} as const

const identifiers = [{ external_id: 'external_id' }]
const define = (engine: string) =>
  half.sync.putSync({ name: 'people', body: { ...definitions.sync, identifiers, engine }, dryRun: false })

/** The same people each time, the key and the identifier of another type. */
const selectAs = (type: string, values: readonly string[], more = ''): string =>
  values
    .map(
      (value) =>
        `select cast('${value}' as ${type}) as external_id, cast('${value}' as ${type}) as id${more}`,
    )
    .join(' union all ')

const numbers = ['7', '12', '900']
const uuids = ['0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b', 'ffffffff-0000-4000-8000-000000000001']
const turns = [
  {
    values: numbers,
    types: ['int', 'bigint', 'numeric(10, 0)', 'text', 'char(8)', 'varchar(20)', 'smallint'],
  },
  { values: uuids, types: ['uuid', 'text', 'char(36)', 'char(40)', 'uuid'] },
]
const cases = (['duckdb', 'postgres'] as const).flatMap((name) =>
  syncEngines.map((engine) => ({ name, engine })),
)

describe.each(cases)('$name under the engine $engine', ({ name, engine }) => {
  const { put, fill } = sources[name]

  it('takes the same text of another type for the same person', async () => {
    await put()
    for (const { values, types } of turns) {
      await half.sync.forget('people')
      const [first = '', ...others] = types
      await fill(selectAs(first, values))
      await half.sync.putModel({
        name: 'people',
        body: { source: 'shop', sql: 'select * from customers', key: 'id' },
        dryRun: false,
      })
      await define(engine)
      expect((await half.go()).plan?.counts).toMatchObject({ added: values.length, removed: 0 })
      const requests = half.remote.seen.length
      for (const type of others) {
        await fill(selectAs(type, values, `, 'another column' as more`))
        expect([type, (await half.go()).plan?.counts]).toMatchObject([
          type,
          { added: 0, removed: 0, unchanged: values.length },
        ])
      }
      expect(half.remote.seen.length).toBe(requests)
    }
  })
})

describe.each(['duckdb', 'postgres'] as const)('%s', (name) => {
  const { put, fill } = sources[name]

  it('fails a run whose identifier or key column was renamed or dropped, by its name, before any request', async () => {
    await put()
    for (const engine of syncEngines) {
      await fill(selectAs('int', numbers))
      await half.sync.putModel({
        name: 'people',
        body: { source: 'shop', sql: 'select * from customers', key: 'id' },
        dryRun: false,
      })
      await define(engine)
      await half.go()
      const requests = half.remote.seen.length
      const members = half.members()
      for (const [query, missing] of [
        [`select 7 as id, '7' as customer_id`, 'external_id'],
        [`select 7 as id, '7' as "External_ID_2"`, 'external_id'],
        [`select 7 as key, '7' as external_id`, 'id'],
      ] as const) {
        await fill(query)
        expect(await half.go()).toMatchObject({
          status: 'failed',
          message: expect.stringMatching(new RegExp(`\\b${missing}\\b`)),
        })
      }
      expect(half.remote.seen.length).toBe(requests)
      expect(half.members()).toEqual(members)
    }
  })

  it('holds what reads as other texts, since it would remove and add everybody', async () => {
    await put()
    await fill(selectAs('int', numbers))
    await half.sync.putModel({
      name: 'people',
      body: { source: 'shop', sql: 'select * from customers', key: 'id' },
      dryRun: false,
    })
    await define('local')
    await half.go()
    const requests = half.remote.seen.length
    await fill(selectAs('numeric(10, 2)', numbers))
    expect(await half.go()).toMatchObject({ status: 'held', plan: { counts: { added: 3, removed: 3 } } })
    expect(half.remote.seen.length).toBe(requests)
  })
})
