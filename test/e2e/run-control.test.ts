import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const people = (count: number): Customer[] =>
  Array.from({ length: count }, (_, n) => ({ id: n + 1, external_id: `c${n + 1}`, crm: null, device: null }))

describe('a run that somebody ends', () => {
  let harness: SyncHarness
  beforeEach(async () => {
    harness = await startSyncHarness()
    await harness.sync.putSync({ name: 'people', body: definitions.sync, dryRun: false })
  })
  afterEach(() => harness.close())

  it('while it sends keeps what was accepted and leaves the rest, which the next run takes up', async () => {
    await harness.customers(people(20_000))
    harness.remote.delayMs = 1_000
    const { id } = await harness.sync.begin('people', true)
    await expect
      .poll(async () => (await harness.sync.run(String(id), 0)).sums.accepted, {
        timeout: 20_000,
        interval: 50,
      })
      .toBeGreaterThan(0)
    await harness.sync.cancel(String(id))
    const ended = await harness.sync.run(String(id), 30_000)
    expect(ended.status).toBe('cancelled')
    const { planned, accepted, rejected, pending } = ended.sums
    expect(planned).toBe(20_000)
    expect(accepted + rejected + pending).toBe(planned)
    expect(pending).toBeGreaterThan(0)
    expect(harness.members()).toHaveLength(accepted)
    harness.remote.delayMs = 0
    const next = await harness.go()
    expect(next).toMatchObject({ status: 'done', plan: { counts: { added: pending, unchanged: accepted } } })
    expect(harness.members()).toHaveLength(20_000)
  })

  it('while it waits for a destination that asked for time ends at once', async () => {
    await harness.customers(people(10))
    harness.remote.faults.push(null, { kind: 'status', status: 429, headers: { 'retry-after': '600' } })
    const { id } = await harness.sync.begin('people', true)
    await expect.poll(() => harness.remote.seen.length, { timeout: 20_000 }).toBe(2)
    await harness.sync.cancel(String(id))
    expect(await harness.sync.run(String(id), 30_000)).toMatchObject({
      status: 'cancelled',
      sums: { pending: 10 },
    })
  })

  it('before it was applied sends nothing, and cannot be applied any more', async () => {
    await harness.customers(people(3))
    const planned = await harness.go('plan')
    expect(await harness.sync.cancel(String(planned.id))).toMatchObject({ status: 'cancelled' })
    await expect(harness.sync.apply(String(planned.id), { release: false })).rejects.toMatchObject({
      code: 'not_applicable',
    })
    await expect(harness.sync.cancel(String(planned.id))).rejects.toMatchObject({ code: 'not_cancellable' })
    expect(harness.remote.seen).toEqual([])
  })

  it('or holds by hand, waits until it is released', async () => {
    await harness.customers(people(3))
    const planned = await harness.go('plan')
    expect(await harness.sync.hold(String(planned.id))).toMatchObject({
      status: 'held',
      message: 'held by hand',
    })
    await expect(harness.sync.apply(String(planned.id), { release: false })).rejects.toMatchObject({
      code: 'held',
    })
    expect(harness.remote.seen).toEqual([])
    expect(await harness.apply(planned, true)).toMatchObject({ status: 'done', sums: { accepted: 3 } })
    await expect(harness.sync.hold(String(planned.id))).rejects.toMatchObject({ code: 'not_holdable' })
  })

  it('while it reads ends without a plan, and the next one is as if it had not been', async () => {
    await harness.warehouse(
      'select range as id, range::varchar as external_id, null as crm, null as device from range(3)',
    )
    await harness.sync.putModel({
      name: 'people',
      body: {
        ...definitions.model,
        sql: `${definitions.model.sql} where id + (select count(*) from range(400000000) where range % 7 = random()) >= 0`,
      },
      dryRun: false,
    })
    const { id } = await harness.sync.begin('people', true)
    await harness.sync.cancel(String(id))
    expect(await harness.sync.run(String(id), 30_000)).toMatchObject({ status: 'cancelled', plan: null })
    await harness.sync.putModel({ name: 'people', body: definitions.model, dryRun: false })
    expect(await harness.go()).toMatchObject({ status: 'done', sums: { accepted: 3 } })
  })
})

describe('a paused sync', () => {
  let harness: SyncHarness
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    harness = await startSyncHarness({ clock: () => Date.now() + ahead })
    await harness.customers(people(2))
    const body = { ...definitions.sync, schedule: { every: '1h' } }
    await harness.sync.putSync({ name: 'people', body, dryRun: false })
  })
  afterEach(() => harness.close())

  it('is begun by nobody, and runs once when it is resumed, however many times have passed', async () => {
    await harness.sync.pause('people', true)
    await expect(harness.sync.begin('people', true)).rejects.toMatchObject({
      code: 'sync_paused',
      hint: 'Take it up again with: muster resume people',
    })
    ahead = 10 * 3_600_000
    harness.sync.start()
    // The schedule looks every second: another sync that is due shows that it has looked.
    await harness.sync.putSync({
      name: 'witness',
      body: { ...definitions.sync, cohort: { create: 'Witness' }, schedule: { every: '1h' } },
      dryRun: false,
    })
    ahead = 12 * 3_600_000
    const done = async (sync: string) =>
      (await harness.sync.runs({ sync, limit: 10 })).filter(({ status }) => status === 'done').length
    await expect.poll(() => done('witness'), { timeout: 15_000 }).toBe(1)
    expect(await harness.sync.runs({ sync: 'people', limit: 10 })).toEqual([])
    await harness.sync.pause('people', false)
    await expect.poll(() => done('people'), { timeout: 15_000 }).toBe(1)
  })
})

describe('a sync that only adds', () => {
  let harness: SyncHarness
  beforeEach(async () => {
    harness = await startSyncHarness()
  })
  afterEach(() => harness.close())

  const define = (mode: string) =>
    harness.sync.putSync({ name: 'people', body: { ...definitions.sync, mode }, dryRun: false })

  it('removes nobody, and as a mirror again removes who has left meanwhile', async () => {
    await define('add_only')
    await harness.customers(people(10))
    await harness.go()
    await harness.customers(people(9).slice(1))
    expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 0, added: 0 } } })
    expect(harness.members()).toHaveLength(10)
    await define('mirror')
    const plan = await harness.go('plan')
    expect(plan).toMatchObject({ plan: { counts: { removed: 2, added: 0, unchanged: 8 } } })
    await harness.apply(plan, true)
    expect(harness.members()).toEqual(
      people(9)
        .slice(1)
        .map((one) => one.external_id)
        .sort(),
    )
  })
})

describe('a plan that is applied the moment it stands', () => {
  it('is sent at once, without anybody to take it up again', async () => {
    const harness = await startSyncHarness()
    for (let round = 1; round <= 8; round++) {
      await harness.customers(people(round))
      const { id } = await harness.sync.begin('people', false)
      let run = await harness.sync.run(String(id), 0)
      while (run.status === 'reading') run = await harness.sync.run(String(id), 0)
      expect(await harness.apply(run)).toMatchObject({ status: 'done', sums: { accepted: 1 } })
    }
    expect(harness.members()).toHaveLength(8)
    await harness.close()
  })
})
