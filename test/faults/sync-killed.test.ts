import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { isSettled } from '@muster/core/sync/run.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'

describe('a sync whose process is killed', () => {
  let half: SyncHarness
  const children: ChildProcess[] = []
  beforeEach(async () => {
    half = await startSyncHarness()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await half.close()
  })

  const startChild = async (begin: boolean): Promise<ChildProcess> => {
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'sync-child.ts'),
        half.database.url,
        half.directory,
        half.secretKey.toString('hex'),
        begin ? 'begin' : 'resume',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    children.push(child)
    await once(child.stdout ?? child, 'data')
    return child
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const requestsBeyond = async (count: number): Promise<void> => {
    while (half.remote.seen.length < count) await new Promise((done) => setTimeout(done, 5))
  }

  it('ends with exactly the desired members, sending no more than what was in flight again', async () => {
    half.remote.delayMs = 30
    const desired = (from: number, to: number): string =>
      `select i as id, 'C-' || i as external_id, null as crm, null as device from range(${from}, ${to}) as r (i)`
    const trials = [
      { rows: desired(0, 30_000), planned: 30_000, killAt: [0, 12] },
      { rows: desired(4_000, 36_000), planned: 10_000, killAt: [2] },
    ]
    for (const { rows, planned, killAt } of trials) {
      await half.warehouse(rows)
      const before = half.remote.seen.length
      let child = await startChild(true)
      const [begun] = await half.sync.runs({ limit: 1 })
      for (const requests of killAt) {
        await requestsBeyond(before + requests)
        await kill(child)
        child = await startChild(false)
      }
      const until = Date.now() + 40_000
      let run = await half.sync.run(String(begun?.id), 0)
      while (!isSettled(run.status) && Date.now() < until) run = await half.sync.run(String(begun?.id), 5_000)
      await kill(child)
      expect(run).toMatchObject({ status: 'done', sums: { planned, accepted: planned, pending: 0 } })
      const expected = /range\((\d+), (\d+)\)/.exec(rows)
      const ids = Array.from(
        { length: Number(expected?.[2]) - Number(expected?.[1]) },
        (_, n) => `C-${n + Number(expected?.[1])}`,
      )
      expect(half.members()).toEqual(ids.sort())
      const sent = half.remote.seen
        .slice(before)
        .reduce((sum, one) => sum + one.add.length + one.remove.length, 0)
      expect(sent).toBeLessThanOrEqual(planned + killAt.length * 4 * 1_000)
    }
    const plan = await half.go('plan')
    expect(plan.plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: 32_000 })
  }, 120_000)
})
