import type { RunView } from '@muster/server/sync/sync.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { selectPeople } from './people.ts'
import { openSyncChildren, settledRun } from './sync-children.ts'

describe('a sync whose process is killed while it tries its first changes', () => {
  let half: SyncHarness
  const children = openSyncChildren()
  beforeEach(async () => {
    half = await startSyncHarness()
    half.remote.delayMs = 60
    const body = { ...definitions.sync, canary: { first: 50 }, guards: { max_removed: 1 } }
    await half.sync.putSync({ name: 'people', body, dryRun: false })
    await half.warehouse(selectPeople(0, 3_000))
    expect((await half.go()).status).toBe('done')
    await half.warehouse(selectPeople(1_500, 4_500))
    half.remote.seen.length = 0
  })
  afterEach(async () => {
    children.close()
    await half.close()
  })

  /** Kills the process when so many requests have come in, and lets another take the run up. */
  const killedAt = async (requests: readonly number[]): Promise<RunView> => {
    let child = await children.start(half, 'begin')
    const [begun] = await half.sync.runs({ limit: 1 })
    for (const count of requests) {
      while (half.remote.seen.length < count) await new Promise((done) => setTimeout(done, 2))
      await children.kill(child)
      child = await children.start(half, 'resume')
    }
    const run = await settledRun(half, String(begun?.id), 40_000)
    await children.kill(child)
    return run
  }

  it('sends the others only after the first were found good, and loses nothing', async () => {
    const run = await killedAt([0, 1, 2, 3])
    expect(run).toMatchObject({
      status: 'done',
      sums: { planned: 3_000, accepted: 3_000, pending: 0 },
      canary: { steps: [{ removed: 50, added: 50 }], checks: [{ verdict: 'passed' }] },
    })
    const large = half.remote.seen.findIndex(({ add, remove }) => add.length + remove.length > 50)
    const before = half.remote.seen.slice(0, large)
    expect(before.some(({ remove }) => remove.length === 50)).toBe(true)
    expect(before.some(({ add }) => add.length === 50)).toBe(true)
    expect(half.members()).toHaveLength(3_000)
    expect((await half.go('plan')).plan?.counts).toMatchObject({ added: 0, removed: 0, unchanged: 3_000 })
  }, 120_000)

  it('waits for a person when the first were found bad, with what was sent in the state', async () => {
    half.remote.refuse = (identifier) => 'value' in identifier && /^C-[34]/.test(identifier.value)
    const run = await killedAt([1, 3])
    expect(run).toMatchObject({ status: 'held', canary: { checks: [{ verdict: 'held' }] } })
    const { planned, accepted, rejected, pending } = run.sums
    expect([accepted + rejected, pending]).toEqual([100, planned - 100])
    const state = (await half.sync.sync('people')).state
    expect(state?.members).toBe(half.members().length)
  }, 120_000)
})
