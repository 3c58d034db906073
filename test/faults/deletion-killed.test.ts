import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definitions } from '../e2e/sync-harness.ts'
import { type CrashHarness, people, startCrashHarness } from './crash-harness.ts'
import { sample } from './trials.ts'

/** As for the other deaths at boundaries; a deletion has some thirty. */
const trials = Number(process.env.MUSTER_TRIALS ?? 8)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe('a process that dies while it deletes a sync', () => {
  let crash: CrashHarness
  const ended = { whole: 0, gone: 0 }
  beforeAll(async () => {
    crash = await startCrashHarness()
    await crash.model(people(0, 2_000))
  })
  afterAll(async () => {
    await crash.close()
    process.stdout.write(`deletion: ${ended.whole} times whole, ${ended.gone} times gone; seed ${seed}\n`)
  })

  const folders = async () =>
    (await readdir(join(crash.half.directory, 'sync'))).filter((name) => /^\d+$/.test(name))
  const isThere = async () => (await crash.half.sync.syncs()).length === 1

  /** A sync that has run, its deletion with a death at a boundary, and the life of a server after it. */
  const walk = async (boundary: number | null): Promise<number> => {
    const put = { name: 'people', body: definitions.sync, dryRun: false }
    if (!(await isThere())) await crash.half.sync.putSync(put)
    await crash.children.live({ what: 'begin', after: await crash.newestRun() })
    const requests = crash.half.remote.seen.length
    const life = await crash.children.live({ what: 'delete', ...(boundary === null ? {} : { boundary }) })
    await crash.half.sync.sweep()
    const at = `boundary ${boundary} (${life.died})`
    if (await isThere()) {
      ended.whole++
      const after = await crash.newestRun()
      await crash.children.live({ what: 'plan', after })
      expect((await crash.runAfter(after))?.plan?.counts, at).toMatchObject({ added: 0, removed: 0 })
    } else {
      ended.gone++
      expect(await folders(), at).toEqual([])
    }
    expect(crash.half.remote.seen.length, at).toBe(requests)
    return life.report?.met ?? 0
  }

  it('leaves it whole with its state, or gone with its files', async () => {
    const boundaries = await walk(null)
    expect(ended).toEqual({ whole: 0, gone: 1 })
    for (const boundary of sample(boundaries, trials, seed)) await walk(boundary)
  }, 3_600_000)
})
