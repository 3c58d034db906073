import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '@muster/server/db/database.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definitions, postgresConfig, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { difference } from './trials.ts'

const people = (id: string, where = 'true', columns = 'null as crm, null as device'): string =>
  `select ${id} as external_id, i as id, ${columns} from range(1000) as r (i) where ${where}`
const ids = (prefix: string, count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, n) => `${prefix}${n}`))

describe('a sync that was exact, whose source', () => {
  let half: SyncHarness
  // What is held or empty leaves all as it was, so that one half does for all of it; what changes anything stands last.
  beforeAll(async () => {
    half = await startSyncHarness()
    await half.warehouse(people("'C-' || i"))
    expect(await half.go()).toMatchObject({ status: 'done', sums: { accepted: 1_000 } })
  })
  afterAll(() => half.close())

  it.each([
    ['gives no row', people("'C-' || i", 'false')],
    ['gives a third fewer rows', people("'C-' || i", 'i < 660')],
    ['gives no identifier in most rows', people("case when i < 100 then 'C-' || i end")],
    ['gives one identifier to all', people("'C-1'")],
    ['writes its ids in another case', people("'c-' || i")],
    ['puts a blank behind its ids', people("'C-' || i || ' '")],
    ['gives other ids altogether', people('md5(i::varchar)')],
  ])('%s: it is held, says why, and removes nobody (SE-13, SE-14)', async (_, query) => {
    const before = half.remote.seen.length
    await half.warehouse(query)
    const run = await half.go()
    expect(run.status).toBe('held')
    expect(run.plan?.breaches.length).toBeGreaterThan(0)
    expect(run.message).toMatch(/removes|at least|no identifier/)
    expect(half.remote.seen.slice(before).flatMap(({ remove }) => remove)).toEqual([])
    expect(difference(ids('C-', 1_000), new Set(half.members()))).toMatchObject({ lost: 0 })
  })

  it.each([
    ['gives every row twice', `${people("'C-' || i")} union all ${people("'C-' || i")}`],
    [
      'gives its columns in another order',
      `select crm, device, id, external_id from (${people("'C-' || i")})`,
    ],
    ['has one column more', `select *, 1 as surplus from (${people("'C-' || i")})`],
    ['gives its rows in another order', `select * from (${people("'C-' || i")}) order by hash(id)`],
    ['turns its key into a text', `select * replace (id::varchar as id) from (${people("'C-' || i")})`],
  ])('%s: it sends nothing (SE-13, SE-14)', async (_, query) => {
    await half.warehouse(query)
    expect(await half.go()).toMatchObject({ status: 'done', plan: { verdict: 'empty' } })
  })

  it.each([
    ['renames the column of the ids', 'external_id as customer_no, id, crm, device', 'external_id'],
    ['drops the column of the key', 'external_id, crm, device', 'id'],
  ])('%s: it fails before it sends, and names the column (SE-14)', async (_, columns, name) => {
    const before = half.remote.seen.length
    await half.sync.putModel({
      name: 'people',
      body: { ...definitions.model, sql: 'select * from customers' },
      dryRun: false,
    })
    await half.warehouse(`select ${columns} from (${people("'C-' || i")})`)
    expect(await half.go()).toMatchObject({ status: 'failed', message: expect.stringContaining(name) })
    expect(half.remote.seen).toHaveLength(before)
    await half.warehouse(people("'C-' || i"))
    await half.sync.putModel({ name: 'people', body: definitions.model, dryRun: false })
  })

  it('fails in the middle of a read: what was read is no truth (SE-13)', async () => {
    const before = half.remote.seen.length
    await half.sync.putModel({
      name: 'people',
      body: {
        ...definitions.model,
        sql: "select id, case when id = 900 then error('broken') else external_id end as external_id, crm, device from customers",
      },
      dryRun: false,
    })
    expect(await half.go()).toMatchObject({ status: 'failed' })
    expect(half.remote.seen).toHaveLength(before)
    await half.sync.putModel({ name: 'people', body: definitions.model, dryRun: false })
    expect(await half.go()).toMatchObject({ plan: { verdict: 'empty' } })
  })

  it('has ids that nobody can send: each is left out alone, and counted (SE-22)', async () => {
    const poison = `
      select id, external_id, null as crm, null as device from (values
        (2000, repeat('x', 2000000)), (2001, 'a' || chr(0) || 'b'), (2002, 'line' || chr(10) || 'break'),
        (2003, repeat('é', 600)), (2004, ''), (2005, '  '),
        (3000, '__proto__'), (3001, 'constructor'), (3002, '😀👩‍👩‍👧'), (3003, 'مرحبا'), (3004, chr(8238) || 'abc'),
        (3005, '''; drop table x; --'), (3006, '"},{"'), (3007, 'C-0 '), (3008, chr(65279) || 'bom')
      ) as p (id, external_id)`
    await half.warehouse(
      `select id, external_id, crm, device from (${people("'C-' || i")}) union all ${poison}`,
    )
    const run = await half.go()
    expect(run).toMatchObject({ status: 'done', sums: { rejected: 0, pending: 0 } })
    const rows = run.plan?.counts.rows
    expect(rows).toMatchObject({ read: 1_015 })
    expect((rows?.members ?? 0) + (rows?.null ?? 0) + (rows?.invalid ?? 0) + (rows?.duplicate ?? 0)).toBe(
      1_015,
    )
    expect(rows?.invalid).toBeGreaterThanOrEqual(2)
    const members = half.members()
    expect(members).toEqual(
      expect.arrayContaining([
        '__proto__',
        'constructor',
        '😀👩‍👩‍👧',
        'مرحبا',
        "'; drop table x; --",
        '"},{"',
      ]),
    )
    expect(difference(ids('C-', 1_000), new Set(members))).toMatchObject({ lost: 0 })
    expect(await half.go()).toMatchObject({ plan: { verdict: 'empty' } })
  })

  it('turns ids from number into text: nobody goes and nobody comes (SE-14)', async () => {
    await half.sync.forget('people')
    half.remote.cohorts.clear()
    await half.warehouse(people('i'))
    expect(await half.go()).toMatchObject({ status: 'done' })
    await half.warehouse(people('i::varchar'))
    expect(await half.go()).toMatchObject({ plan: { verdict: 'empty' } })
  })

  it('changes while it is read: the cohort is what was committed at one moment (SE-15)', async () => {
    const owner = half.database.owner
    const run = (text: string) => owner.rows({ strings: [text], parts: [] })
    await run('create table customers (id int primary key, external_id text, crm text, device text)')
    // Every committed state has the same number of people, all of one generation.
    const writing = openDatabase({ url: half.database.url, connections: 1 })
    const write = (generation: number): Promise<unknown> =>
      writing.transaction(async (tx) => {
        await tx.rows({ strings: ['delete from customers'], parts: [] })
        await sleep(5)
        const rows = `insert into customers select n, 'g${generation}-' || n from generate_series(0, 4999) n`
        await tx.rows({ strings: [rows], parts: [] })
      })
    await write(0)
    const config = postgresConfig(half.database.url)
    await half.sync.putSource({ name: 'warehouse', body: { type: 'postgres', config }, dryRun: false })
    await half.sync.putModel({
      name: 'people',
      body: { ...definitions.model, source: 'warehouse' },
      dryRun: false,
    })
    await half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 1 } },
      dryRun: false,
    })
    let generation = 0
    let on = true
    const writer = (async () => {
      while (on) await write(++generation)
    })()
    for (let trial = 0; trial < 3; trial++) {
      expect(await half.go()).toMatchObject({ status: 'done' })
      const members = half.members()
      expect(members).toHaveLength(5_000)
      expect(new Set(members.map((id) => id.split('-')[0])).size).toBe(1)
    }
    on = false
    await writer
    await writing.close()
  })
})
