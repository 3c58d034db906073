import { isSettled } from '@muster/core/sync/run.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const people = (count: number): Customer[] =>
  Array.from({ length: count }, (_, n) => ({ id: n + 1, external_id: `c${n + 1}`, crm: null, device: null }))

describe('a sync that is triggered while a run of it is under way', () => {
  let harness: SyncHarness
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    harness = await startSyncHarness({ clock: () => Date.now() + ahead })
    await harness.customers(people(10))
  })
  afterEach(() => harness.close())

  const statuses = async (sync = 'people') =>
    (await harness.sync.runs({ sync, limit: 50 })).map(({ status }) => status)
  const settle = (id: number) => harness.sync.run(String(id), 30_000)
  /** A run whose first request waits until it is cancelled. */
  const beginSlow = async () => {
    harness.remote.faults.push({ kind: 'status', status: 429, headers: { 'retry-after': '600' } })
    const run = await harness.sync.begin('people', true)
    await expect.poll(() => harness.remote.seen.length, { timeout: 20_000 }).toBe(1)
    return run
  }

  it('by ten at once has one active run and one queued, which ends as well', async () => {
    const begun = await Promise.all(Array.from({ length: 10 }, () => harness.sync.begin('people', true)))
    const ids = [...new Set(begun.map(({ id }) => id))]
    expect(ids.length).toBeLessThanOrEqual(2)
    for (const id of ids) expect(await settle(id)).toMatchObject({ status: 'done' })
    expect(await statuses()).toHaveLength(ids.length)
    expect(harness.members()).toHaveLength(10)
  })

  it('with the same key begins one run, also at once and long after it has ended, and another after a day', async () => {
    const begin = () => harness.sync.begin('people', true, { key: 'airflow 2026-11-24' })
    const begun = await Promise.all(Array.from({ length: 5 }, begin))
    expect(new Set(begun.map(({ id }) => id)).size).toBe(1)
    const [first] = begun
    if (!first) throw new Error('nothing was begun')
    await settle(first.id)
    expect(await begin()).toMatchObject({ id: first.id, status: 'done' })
    expect((await harness.sync.begin('people', true, { key: 'another' })).id).not.toBe(first.id)
    ahead = 25 * 3_600_000
    expect((await begin()).id).not.toBe(first.id)
  })

  it('queues exactly one run, which begins when that one has ended and reads what is there by then', async () => {
    const first = await beginSlow()
    const second = await harness.sync.begin('people', true)
    const third = await harness.sync.begin('people', true)
    expect(second).toMatchObject({ status: 'queued', message: 'waits for its turn' })
    expect(third.id).toBe(second.id)
    await harness.customers(people(12))
    await harness.sync.cancel(String(first.id))
    expect(await settle(second.id)).toMatchObject({ status: 'done', sums: { accepted: 12 } })
    expect(await statuses()).toEqual(['done', 'cancelled'])
  })

  it('by its schedule queues one as well, and the time that has passed is used up', async () => {
    const body = { ...definitions.sync, schedule: { every: '5m' } }
    await harness.sync.putSync({ name: 'people', body, dryRun: false })
    const first = await beginSlow()
    ahead = 6 * 60_000
    harness.sync.start()
    await expect.poll(() => statuses(), { timeout: 10_000 }).toContain('queued')
    await harness.sync.cancel(String(first.id))
    await expect.poll(() => statuses(), { timeout: 20_000 }).toEqual(['done', 'cancelled'])
    expect((await harness.sync.sync('people')).next_run_at).toBeGreaterThan(Date.now() + ahead)
  })

  it('lets nobody who only wants a plan join a run that sends; a plan that waits is sent for who wants that', async () => {
    const first = await beginSlow()
    const plan = await harness.sync.begin('people', false)
    expect(plan).toMatchObject({ status: 'queued', applies: false })
    expect(await harness.sync.begin('people', true)).toMatchObject({ id: plan.id, applies: true })
    await expect(harness.sync.begin('people', false)).rejects.toMatchObject({ code: 'run_queued' })
    await harness.sync.cancel(String(first.id))
    expect(await settle(plan.id)).toMatchObject({ status: 'done' })
  })

  it('can have the queued one cancelled, and the one under way goes on', async () => {
    const first = await beginSlow()
    const queued = await harness.sync.begin('people', true)
    expect(await harness.sync.cancel(String(queued.id))).toMatchObject({ status: 'cancelled' })
    expect(isSettled((await harness.sync.run(String(first.id), 0)).status)).toBe(false)
    const next = await harness.sync.begin('people', true)
    expect(next.id).not.toBe(queued.id)
  })

  it('and paused meanwhile leaves the queued one until it is resumed', async () => {
    const first = await beginSlow()
    const queued = await harness.sync.begin('people', true)
    await harness.sync.pause('people', true)
    await harness.sync.cancel(String(first.id))
    await settle(first.id)
    harness.sync.start()
    // The schedule looks every second: another sync's run shows that it has looked.
    const witness = { ...definitions.sync, cohort: { create: 'Witness' }, schedule: { every: '1h' } }
    await harness.sync.putSync({ name: 'witness', body: witness, dryRun: false })
    ahead = 2 * 3_600_000
    await expect.poll(() => statuses('witness'), { timeout: 15_000 }).toEqual(['done'])
    expect(await statuses()).toEqual(['queued', 'cancelled'])
    await harness.sync.pause('people', false)
    expect(await settle(queued.id)).toMatchObject({ status: 'done' })
  })
})

describe('a process', () => {
  it('works on no more runs at once than it may, and takes the next when one has ended', async () => {
    const harness = await startSyncHarness({ runsAtOnce: 2 })
    await harness.customers(people(5))
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) {
      await harness.sync.putSync({
        name,
        body: { ...definitions.sync, cohort: { create: name } },
        dryRun: false,
      })
    }
    harness.remote.delayMs = 200
    const begun = await Promise.all(names.map((name) => harness.sync.begin(name, true)))
    expect(begun.filter(({ status }) => status === 'queued')).toHaveLength(2)
    for (const { id } of begun)
      expect(await harness.sync.run(String(id), 30_000)).toMatchObject({ status: 'done' })
    await harness.close()
  })

  it('that may work on none leaves its runs to another one', async () => {
    const harness = await startSyncHarness({ runsAtOnce: 0 })
    await harness.customers(people(5))
    const { id, status } = await harness.sync.begin('people', false)
    expect(status).toBe('queued')
    const other = harness.open({ runsAtOnce: 1 })
    other.start()
    expect(await harness.sync.run(String(id), 20_000)).toMatchObject({ status: 'planned', resumed: false })
    expect(await harness.sync.apply(String(id), { release: false })).toMatchObject({ status: 'applying' })
    expect(await harness.sync.run(String(id), 20_000)).toMatchObject({ status: 'done', resumed: false })
    await other.close()
    await harness.close()
  })
})
