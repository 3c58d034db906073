import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashHarness, people, startCrashHarness } from './crash-harness.ts'
import { chanceOf, sample } from './trials.ts'

/** `MUSTER_TRIALS=1000000` fails every call that changes the disk; a small number so many of them, drawn by a seed. */
const trials = Number(process.env.MUSTER_TRIALS ?? 4)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))
const codes = ['ENOSPC', 'EIO', 'EROFS', 'EACCES']

describe('SE-17: a sync whose disk fails', () => {
  let crash: CrashHarness
  /** That change the disk, of a run in which none fails. */
  let calls = 0
  beforeAll(async () => {
    crash = await startCrashHarness()
    await crash.model(people(0, 3_000))
    await crash.children.live({ what: 'begin', kind: 'sync', after: 0 })
    await crash.model(people(1_000, 4_500))
    const life = await crash.children.live({ what: 'begin', kind: 'sync', after: await crash.newestRun() })
    calls = life.report?.onDisk ?? 0
    await crash.model(people(1_500, 3_500))
    await crash.children.live({ what: 'begin', kind: 'sync', after: await crash.newestRun() })
  })
  afterAll(() => crash.close())

  it('at one call says so, sends nothing that it cannot remember, and is exact again when the disk is well', async () => {
    const chance = chanceOf(seed)
    const total = { trials: 0, lost: 0, phantom: 0 }
    const ends = new Map<string, number>()
    for (const at of sample(calls, trials, seed)) {
      const code = codes[Math.floor(chance() * codes.length)] ?? 'EIO'
      // Whoever comes in with the failing run has left the model in the one after it.
      const [failed, well] = [people(1_000, 4_500), people(1_500, 3_500)]
      await crash.model(failed)
      const after = await crash.newestRun()
      await crash.children.live({ what: 'begin', kind: 'sync', after, disk: { at, code } })
      const run = await crash.runAfter(after)
      const where = `${code} at call ${at}`
      expect(['done', 'incomplete', 'failed'], where).toContain(run?.status)
      if (run?.status === 'failed') {
        expect(run.sums.accepted, where).toBe(0)
        expect(run.message, where).toMatch(/disk/)
        expect(run.hint, where).not.toMatch(/report/)
      }
      ends.set(run?.status ?? '', (ends.get(run?.status ?? '') ?? 0) + 1)
      await crash.model(well)
      await crash.children.live({ what: 'begin', kind: 'sync', after: run?.id ?? after })
      expect(await crash.runAfter(run?.id ?? after), where).toMatchObject({ status: 'done' })
      const wrong = crash.wrong(well)
      total.trials++
      total.lost += wrong.lost
      total.phantom += wrong.phantom
      expect(wrong, where).toEqual({ lost: 0, phantom: 0 })
    }
    process.stdout.write(
      `SE-17: ${total.trials} of ${calls} calls failed (runs: ${[...ends].map(([end, n]) => `${n} ${end}`).join(', ')}), ${total.lost} lost, ${total.phantom} phantom; seed ${seed}\n`,
    )
  }, 3_600_000)
})
