import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'
import { difference } from './trials.ts'

const hourMs = 3_600_000

describe('SE-16: a sync whose clock', () => {
  let half: SyncHarness
  let clock = Date.now
  beforeEach(async () => {
    clock = Date.now
    half = await startSyncHarness({ clock: () => clock() })
  })
  afterEach(() => half.close())
  const define = (change: object): Promise<unknown> =>
    half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 1 }, ...change },
      dryRun: false,
    })

  it.each<readonly [string, (now: number) => () => number]>([
    ['is set back by an hour', () => () => Date.now() - hourMs],
    ['stands still', (now) => () => now],
    ['is set ahead by ten minutes', () => () => Date.now() + hourMs / 6],
  ])('%s in the middle of a run: the run ends by itself, exact', async (_, changed) => {
    await define({})
    await half.warehouse(selectPeople(0, 3_000))
    await half.go()
    await half.warehouse(selectPeople(1_500, 6_000))
    const before = half.remote.seen.length
    half.remote.faults.push(null, null, { kind: 'status', status: 429, headers: { 'retry-after': '2' } })
    const run = await half.sync.begin('people', true)
    while (half.remote.seen.length < before + 3) await new Promise((done) => setTimeout(done, 5))
    // By now it waits for the two seconds to pass.
    await new Promise((done) => setTimeout(done, 400))
    clock = changed(Date.now())
    expect(await half.sync.run(String(run.id), 20_000)).toMatchObject({
      status: 'done',
      sums: { planned: 4_500, accepted: 4_500 },
    })
    expect(difference(idsOf(1_500, 6_000), new Set(half.members()))).toEqual({ lost: 0, phantom: 0 })
  })

  it('is set ahead by an hour in the middle of a run: what is left is taken up by the next run', async () => {
    await define({})
    await half.warehouse(selectPeople(0, 9_000))
    half.remote.delayMs = 100
    const run = await half.sync.begin('people', true)
    while (half.remote.seen.length < 3) await new Promise((done) => setTimeout(done, 5))
    clock = () => Date.now() + hourMs
    const end = await half.sync.run(String(run.id), 20_000)
    expect(end.status).toBe('incomplete')
    expect(end.sums.accepted + end.sums.pending).toBe(9_000)
    expect(await half.go()).toMatchObject({ status: 'done' })
    expect(difference(idsOf(0, 9_000), new Set(half.members()))).toEqual({ lost: 0, phantom: 0 })
  })

  it('jumps back after a scheduled run: its time does not come twice', async () => {
    const start = Date.now()
    const at = (ms: number): void => {
      clock = () => start + ms
    }
    at(0)
    await half.warehouse(selectPeople(0, 10))
    await define({ schedule: { every: '1h' } })
    half.sync.start()
    const runs = async (): Promise<number> => (await half.sync.runs({ limit: 10 })).length
    at(hourMs + 1_000)
    await expect.poll(runs, { timeout: 20_000 }).toBe(1)
    for (const ms of [hourMs / 2, hourMs - 1_000, hourMs + 2_000, 1.9 * hourMs]) {
      at(ms)
      await new Promise((done) => setTimeout(done, 1_300))
      expect(await runs()).toBe(1)
    }
    at(2.1 * hourMs)
    await expect.poll(runs, { timeout: 20_000 }).toBe(2)
  })
})
