import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'
import { openSyncChildren, settledRun } from './sync-children.ts'

describe('a sync whose process is killed', () => {
  let half: SyncHarness
  const children = openSyncChildren()
  beforeEach(async () => {
    half = await startSyncHarness()
  })
  afterEach(async () => {
    children.close()
    await half.close()
  })

  const requestsBeyond = async (count: number): Promise<void> => {
    while (half.remote.seen.length < count) await new Promise((done) => setTimeout(done, 5))
  }

  it('ends with exactly the desired members, sending no more than what was in flight again', async () => {
    half.remote.delayMs = 30
    const trials = [
      { from: 0, to: 30_000, planned: 30_000, killAt: [0, 12] },
      { from: 4_000, to: 36_000, planned: 10_000, killAt: [2] },
    ]
    for (const { from, to, planned, killAt } of trials) {
      await half.warehouse(selectPeople(from, to))
      const before = half.remote.seen.length
      let child = await children.start(half, 'begin')
      const [begun] = await half.sync.runs({ limit: 1 })
      for (const requests of killAt) {
        await requestsBeyond(before + requests)
        await children.kill(child)
        child = await children.start(half, 'resume')
      }
      const run = await settledRun(half, String(begun?.id), 40_000)
      await children.kill(child)
      expect(run).toMatchObject({ status: 'done', sums: { planned, accepted: planned, pending: 0 } })
      expect(half.members()).toEqual([...idsOf(from, to)].sort())
      const sent = half.remote.seen
        .slice(before)
        .reduce((sum, one) => sum + one.add.length + one.remove.length, 0)
      expect(sent).toBeLessThanOrEqual(planned + killAt.length * 4 * 1_000)
    }
    const plan = await half.go('plan')
    expect(plan.plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: 32_000 })
  }, 120_000)
})
