import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { definitions, postgresConfig, type SyncHarness, startSyncHarness } from './sync-harness.ts'

/** Rows with what a text file may lose: null beside '', blanks, quotes, line breaks, the sign for null itself. */
const rows = `
  select * from (values
    (1, 'ada', null, null), (2, null, 'C-2', null), (3, null, null, 'd-3'), (4, null, null, null),
    (5, '', null, null), (6, ' ', null, null), (7, 'trailing  ', null, null), (8, 'a "b", c', null, null),
    (9, 'line
break', null, null), (10, '\\N', null, null), (11, 'NULL', null, null), (12, 'é', null, null),
    (13, 'e\u0301', null, null), (14, 'ada', null, null), (15, '', 'C-15', null)
  ) as customer (id, external_id, crm, device)`

let half: SyncHarness
beforeEach(async () => {
  half = await startSyncHarness()
})
afterEach(() => half.close())

it('reads from PostgreSQL, in the form of its COPY, what it reads from DuckDB as Parquet', async () => {
  await half.warehouse(rows)
  const fromDuckdb = await half.go('run')
  const members = half.members()
  expect(members).toContain('trailing  ')
  expect(members).toContain('\\N')

  await half.database.owner.rows({ strings: [`create table customers as ${rows}`], parts: [] })
  const source = { type: 'postgres', config: postgresConfig(half.database.url) }
  await half.sync.putSource({ name: 'warehouse', body: source, dryRun: false })
  const model = { ...definitions.model, source: 'warehouse' }
  expect(await half.sync.putModel({ name: 'people', body: model, dryRun: false })).toBe('update')
  expect((await half.sync.checkSource('warehouse')).warnings).toEqual([
    expect.stringMatching(/it is a superuser/),
  ])

  const fromPostgres = await half.go('plan')
  expect(fromPostgres.plan?.counts.rows).toEqual(fromDuckdb.plan?.counts.rows)
  expect(fromPostgres.plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: members.length })
})

it('fetches by checksums only what has changed, whoever compared before, and sends nothing for a turn of the engine', async () => {
  const run = (text: string) => half.database.owner.rows({ strings: [text], parts: [] })
  await run(`create table customers as
    select n as id, 'p' || n as external_id, null::text as crm, null::text as device from generate_series(1, 5000) n`)
  const config = postgresConfig(half.database.url)
  await half.sync.putSource({ name: 'warehouse', body: { type: 'postgres', config }, dryRun: false })
  await half.sync.putModel({
    name: 'people',
    body: { ...definitions.model, source: 'warehouse' },
    dryRun: false,
  })
  const turn = (engine: string) =>
    half.sync.putSync({ name: 'people', body: { ...definitions.sync, engine }, dryRun: false })
  const counts = async () => {
    const { status, plan } = await half.go()
    return [
      status,
      plan?.counts.added,
      plan?.counts.removed,
      plan?.counts.unchanged,
      plan?.counts.rows.members,
    ]
  }
  expect(await counts()).toEqual(['done', 5_000, 0, 0, 5_000])
  const sent = half.remote.seen.length
  await turn('checksums')
  expect(await counts()).toEqual(['done', 0, 0, 5_000, 5_000])
  expect(await counts()).toEqual(['done', 0, 0, 5_000, 5_000])
  await turn('local')
  expect(await counts()).toEqual(['done', 0, 0, 5_000, 5_000])
  await turn('checksums')
  expect(await counts()).toEqual(['done', 0, 0, 5_000, 5_000])
  expect(half.remote.seen.length).toBe(sent)

  await run('delete from customers where id = 7')
  await run(`update customers set external_id = null, crm = 'C-8' where id = 8`)
  await run(`insert into customers values (5001, 'new', null, null), (5002, 'p9', null, null)`)
  expect(await counts()).toEqual(['done', 2, 2, 4_998, 5_000])
  expect(half.members()).toHaveLength(5_000)
  expect(half.members()).toEqual(expect.arrayContaining(['alias:crm:C-8', 'new', 'p9']))
  await run(`update customers set external_id = 'p8', crm = null where id = 8`)
  expect(await counts()).toEqual(['done', 1, 1, 4_999, 5_000])
  expect(half.members()).toContain('p8')
})

it('never shows the password of a warehouse, and keeps it sealed', async () => {
  const secret = { user: 'nobody', password: 'canary-of-the-warehouse', database: 'none' }
  const config = { ...postgresConfig(half.database.url), ...secret }
  await half.sync.putSource({ name: 'warehouse', body: { type: 'postgres', config }, dryRun: false })
  const stored = await half.database.half.rows(sql`select source::text as row from sync.source as source`)
  const check = await half.sync.checkSource('warehouse')
  expect(check.ok).toBe(false)
  expect(JSON.stringify([await half.sync.sources(), stored, check])).not.toContain('canary')
})
