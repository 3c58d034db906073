import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const customer = (id: number, change: Partial<Customer> = {}): Customer => ({
  id,
  external_id: `C-${id}`,
  crm: `crm-${id}`,
  device: null,
  ...change,
})
const people = (count: number): Customer[] => Array.from({ length: count }, (_, n) => customer(n + 1))

describe('the sync half', () => {
  let half: SyncHarness
  beforeEach(async () => {
    half = await startSyncHarness()
  })
  afterEach(() => half.close())

  it('names a cohort, fills it, and sends only the difference from then on', async () => {
    await half.customers([
      ...people(3),
      customer(4, { external_id: null }),
      customer(5, { external_id: ' ', crm: '', device: 'd-5' }),
      customer(6, { external_id: null, crm: null }),
      customer(7, { external_id: 'C-1' }),
    ])
    const first = await half.go()
    expect(first).toMatchObject({
      status: 'done',
      sums: { planned: 5, accepted: 5, rejected: 0, pending: 0 },
    })
    expect(first.plan?.counts).toMatchObject({
      rows: { read: 7, members: 5, null: 1, invalid: 0, duplicate: 1 },
      added: 5,
      removed: 0,
      accepted: null,
    })
    expect(half.members()).toEqual(['C-1', 'C-2', 'C-3', 'alias:crm:crm-4', 'device:d-5'])
    expect([...half.remote.cohorts.values()][0]?.name).toBe('People')

    const second = await half.go()
    expect(second).toMatchObject({ status: 'done', plan: { verdict: 'empty' }, sums: { planned: 0 } })

    const requests = half.remote.seen.length
    await half.customers([...people(3), customer(4, { external_id: null }), customer(8)])
    await half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 0.5 } },
      dryRun: false,
    })
    const third = await half.go()
    expect(third.plan?.counts).toMatchObject({ added: 1, removed: 1, unchanged: 4, accepted: 5 })
    expect(half.remote.seen.slice(requests).map(({ add, remove }) => ({ add, remove }))).toEqual([
      { add: [], remove: ['device:d-5'] },
      { add: ['C-8'], remove: [] },
    ])
    expect((await half.sync.sync('people')).state?.members).toBe(5)
  })

  it('plans without sending, applies exactly that, and refuses a stale plan', async () => {
    await half.customers(people(5))
    const plan = await half.go('plan')
    expect(plan).toMatchObject({ status: 'planned', plan: { verdict: 'apply', counts: { added: 5 } } })
    expect(half.remote.seen).toEqual([])
    await half.customers(people(9))
    expect(await half.apply(plan)).toMatchObject({ status: 'done' })
    expect(half.members()).toHaveLength(5)
    await expect(half.sync.apply(String(plan.id), { release: false })).rejects.toMatchObject({
      code: 'not_applicable',
    })

    const older = await half.go('plan')
    const newer = await half.go('plan')
    expect(await half.sync.run(String(older.id), 0)).toMatchObject({ status: 'superseded' })
    const other = { ...definitions.sync, cohort: { existing: 'another' } }
    await half.sync.putSync({ name: 'people', body: other, dryRun: false })
    await expect(half.sync.apply(String(newer.id), { release: false })).rejects.toMatchObject({
      code: 'plan_stale',
    })
    expect(half.members()).toHaveLength(5)
  })

  it('holds a plan that removes too much, and sends it when released', async () => {
    await half.customers(people(10))
    await half.go()
    await half.customers([])
    const held = await half.go()
    expect(held).toMatchObject({
      status: 'held',
      plan: { breaches: [{ guard: 'min_members' }, { guard: 'max_removed' }] },
    })
    expect(half.members()).toHaveLength(10)
    await expect(half.sync.apply(String(held.id), { release: false })).rejects.toMatchObject({ code: 'held' })
    expect(await half.apply(held, true)).toMatchObject({ status: 'done', sums: { accepted: 10 } })
    expect(half.members()).toEqual([])
  })

  it('asserts an identifier again when its row loses another (invariant 4)', async () => {
    // One person who shops under two rows: the alias of row 2 and the external_id of row 1 are one profile.
    await half.customers([customer(1), customer(2, { external_id: null }), ...people(20).slice(2)])
    await half.go()
    expect(half.members()).toContain('alias:crm:crm-2')
    await half.customers([customer(1), customer(2, { external_id: 'C-1' }), ...people(20).slice(2)])
    const requests = half.remote.seen.length
    const run = await half.go()
    expect(run.plan?.counts).toMatchObject({ removed: 1, added: 1, reasserted: 1, unchanged: 19 })
    expect(half.remote.seen.slice(requests).map(({ add, remove }) => ({ add, remove }))).toEqual([
      { add: [], remove: ['alias:crm:crm-2'] },
      { add: ['C-1'], remove: [] },
    ])
  })

  it('keeps a person whose identifier changes from alias to external_id', async () => {
    await half.customers([customer(1, { external_id: null }), ...people(20).slice(1)])
    await half.go()
    const requests = half.remote.seen.length
    await half.customers(people(20))
    await half.go()
    expect(half.remote.seen.slice(requests).map(({ add, remove }) => ({ add, remove }))).toEqual([
      { add: [], remove: ['alias:crm:crm-1'] },
      { add: ['C-1'], remove: [] },
    ])
  })

  it('keeps additions back while a removal is pending, and catches up in the next run', async () => {
    await half.customers([customer(1, { external_id: null }), ...people(20).slice(1)])
    await half.go()
    await half.customers(people(20))
    half.remote.faults.push({
      kind: 'applied_then',
      status: 401,
      body: '{"message":"Invalid client secret"}',
    })
    const stopped = await half.go()
    expect(stopped).toMatchObject({
      status: 'stopped',
      sums: { accepted: 0, pending: 2 },
      hint: expect.stringContaining('keys'),
    })
    expect(half.members()).not.toContain('C-1')
    expect(await half.go()).toMatchObject({ status: 'done', sums: { accepted: 2 } })
    expect(half.members()).toEqual(
      people(20)
        .map((one) => `C-${one.id}`)
        .sort(),
    )
  })

  it('restores somebody whose removal may have been taken and who is desired again', async () => {
    await half.customers(people(20))
    await half.go()
    await half.customers(people(19))
    half.remote.faults.push({
      kind: 'applied_then',
      status: 401,
      body: '{"message":"Invalid client secret"}',
    })
    expect(await half.go()).toMatchObject({ status: 'stopped' })
    expect(half.members()).toHaveLength(19)
    await half.customers(people(20))
    expect(await half.go()).toMatchObject({ status: 'done', sums: { planned: 1 } })
    expect(half.members()).toHaveLength(20)
  })

  it('removes somebody whose addition may have been taken and who is gone again', async () => {
    await half.customers(people(20))
    await half.go()
    await half.customers(people(21))
    half.remote.faults.push({
      kind: 'applied_then',
      status: 401,
      body: '{"message":"Invalid client secret"}',
    })
    expect(await half.go()).toMatchObject({ status: 'stopped' })
    expect(half.members()).toHaveLength(21)
    await half.customers(people(20))
    expect(await half.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 1, added: 0 } } })
    expect(half.members()).toHaveLength(20)
  })

  it('finds the one id that is refused, rejects it with the reason, and sends the rest', async () => {
    await half.customers(people(3_000))
    half.remote.refuse = (identifier) => identifier.kind === 'external_id' && identifier.value === 'C-1500'
    const run = await half.go()
    expect(run).toMatchObject({
      status: 'done',
      sums: { planned: 3_000, accepted: 2_999, rejected: 1, pending: 0 },
    })
    expect(half.members()).toHaveLength(2_999)
    const requests = await half.sync.requests(String(run.id), 1_000)
    expect(requests.filter((request) => request.status === 'rejected')).toMatchObject([
      { answer: expect.stringContaining('400') },
    ])
    expect(requests.reduce((sum, request) => sum + request.change_to - request.change_from, 0)).toBe(3_000)
    expect(requests.reduce((sum, request) => sum + request.attempts, 0)).toBe(run.sums.requests)
    expect(half.remote.seen.filter((one) => one.path.endsWith('/users'))).toHaveLength(run.sums.requests)
  })

  it('tries again what was limited, broken, unanswered or reset, and loses nothing', async () => {
    await half.customers(people(5_000))
    half.remote.faults.push(
      null,
      { kind: 'status', status: 500 },
      { kind: 'status', status: 200, body: '<html>' },
      { kind: 'reset' },
      { kind: 'applied_then', status: 502, body: '' },
      { kind: 'status', status: 423 },
      { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
    )
    const run = await half.go()
    expect(run).toMatchObject({ status: 'done', sums: { accepted: 5_000 } })
    expect(half.members()).toHaveLength(5_000)
  })

  it('begins no request in the time that a 429 asks for', async () => {
    await half.customers(people(8_000))
    half.remote.faults.push(null, { kind: 'status', status: 429, headers: { 'retry-after': '2' } })
    await half.go()
    const asked = half.remote.seen[1]?.at ?? 0
    const inWindow = half.remote.seen.filter(({ at }) => at > asked + 200 && at < asked + 2_000)
    expect(inWindow).toEqual([])
    expect(half.members()).toHaveLength(8_000)
  })

  it('ends with a clear message when the read fails, and changes nothing', async () => {
    await half.customers(people(20))
    await half.go()
    const before = await half.sync.sync('people')
    await half.warehouse(
      "select id, external_id, crm from (values (1, 'C-1', 'x')) as c (id, external_id, crm)",
    )
    expect(await half.go()).toMatchObject({ status: 'failed', message: expect.stringContaining('device') })
    await half.customers(people(20))
    const broken = {
      ...definitions.model,
      sql: `select id, if(id > 0, error('the read broke'), 'x') as external_id, crm, null as device from customers`,
    }
    await half.sync.putModel({ name: 'people', body: broken, dryRun: false })
    const failed = await half.go()
    expect(failed).toMatchObject({ status: 'failed', message: expect.stringContaining('the read broke') })
    expect(half.members()).toHaveLength(20)
    const after = await half.sync.sync('people')
    expect({ state: after.state, version: after.state_version }).toEqual({
      state: before.state,
      version: before.state_version,
    })
    expect(
      (await readdir(join(half.directory, 'sync', String(after.id)))).filter((name) =>
        name.includes(String(failed.id)),
      ),
    ).toEqual([])
  })

  it('fails and removes nobody when the files of its state are lost', async () => {
    await half.customers(people(20))
    await half.go()
    const { id } = await half.sync.sync('people')
    await rm(join(half.directory, 'sync', String(id), 'state'), { recursive: true })
    await half.customers(people(5))
    const run = await half.go()
    expect(run).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('is missing'),
      hint: expect.stringContaining('backup'),
    })
    expect(half.members()).toHaveLength(20)
  })

  it('tells where an identifier came from, whether it is accepted, and when it was sent', async () => {
    await half.customers(people(20))
    await half.go()
    await half.customers(people(19))
    await half.go()
    const [in_, out, unknown] = await Promise.all(
      ['C-3', 'C-20', 'C-99'].map((value) => half.sync.stories([{ kind: 'external_id', value }])),
    )
    expect(in_).toMatchObject([
      {
        sync: 'people',
        accepted: true,
        row_key: '3',
        row: { id: '3', external_id: 'C-3', crm: 'crm-3', device: null },
        sent: [
          {
            run: '1',
            batch: 0,
            operation: 'add',
            status: 'accepted',
            request_id: expect.stringMatching(/^req-/),
          },
        ],
      },
    ])
    expect(out).toMatchObject([
      {
        accepted: false,
        row_key: '20',
        row: null,
        sent: [
          { run: '2', operation: 'remove' },
          { run: '1', operation: 'add' },
        ],
      },
    ])
    expect(unknown).toEqual([])
  })

  it('takes a run that is closed in the middle up where it was', async () => {
    await half.customers(people(20_000))
    half.remote.delayMs = 60
    const begun = await half.sync.begin('people', true)
    while (half.members().length < 6_000) await new Promise((done) => setTimeout(done, 10))
    await half.sync.close()
    const before = await half.database.half.rows(sql`select 1 from sync.batch where status = 'accepted'`)
    expect(before.length).toBeGreaterThan(3)
    expect(half.members().length).toBeLessThan(20_000)
    half.remote.delayMs = 0
    half.sync = half.open()
    half.sync.start()
    expect(await half.sync.run(String(begun.id), 30_000)).toMatchObject({
      status: 'done',
      sums: { accepted: 20_000 },
    })
    expect(half.members()).toHaveLength(20_000)
    const sent = half.remote.seen.flatMap((one) => one.add).length
    expect(sent).toBe(20_000)
  })

  it('begins a scheduled run when its time has come', async () => {
    await half.customers(people(3))
    await half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, schedule: { every: '1s' } },
      dryRun: false,
    })
    half.sync.start()
    const until = Date.now() + 10_000
    while (half.members().length < 3 && Date.now() < until) await new Promise((done) => setTimeout(done, 50))
    expect(half.members()).toHaveLength(3)
  })
})
