import { existsSync } from 'node:fs'
import { rm, truncate } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashHarness, people, startCrashHarness } from './crash-harness.ts'
import type { Unsynced } from './crash-order.ts'
import { sample } from './trials.ts'

/** `MUSTER_TRIALS=1000000` cuts the power at every boundary; a small number at so many of them, drawn by a seed. */
const trials = Number(process.env.MUSTER_TRIALS ?? 3)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe('SE-18: a sync whose machine loses its power', () => {
  let crash: CrashHarness
  beforeAll(async () => {
    crash = await startCrashHarness()
  })
  afterAll(() => crash.close())

  /** What was not synced is not there; PostgreSQL sees to its own files. */
  const cut = async ({ contents, names }: Unsynced): Promise<number> => {
    for (const path of contents) if (existsSync(path)) await truncate(path, 0)
    for (const path of names) await rm(path, { recursive: true, force: true })
    return new Set([...contents, ...names]).size
  }

  it('finds nothing missing that it relies on, and ends exact', async () => {
    const ways = [people(0, 3_000), people(1_500, 5_000)] as const
    const total = { trials: 0, files: 0, lost: 0, phantom: 0 }
    await crash.model(ways[0])
    await crash.children.live({ what: 'begin', kind: 'sync', after: 0 })
    await crash.model(ways[1])
    const well = await crash.children.live({ what: 'begin', kind: 'sync', after: await crash.newestRun() })
    for (const boundary of sample(well.report?.met ?? 0, trials, seed)) {
      const now = ways[total.trials % 2 === 0 ? 0 : 1]
      await crash.model(now)
      const after = await crash.newestRun()
      const life = await crash.children.live({ what: 'begin', kind: 'sync', after, boundary })
      if (life.died !== null) total.files += await cut(life.unsynced)
      const run = await crash.finish({ kind: 'sync', after })
      const at = `boundary ${boundary} (${life.died})`
      expect(run, at).toMatchObject({ status: 'done', sums: { pending: 0 } })
      const wrong = crash.wrong(now)
      expect(wrong, at).toEqual({ lost: 0, phantom: 0 })
      total.trials++
      total.lost += wrong.lost
      total.phantom += wrong.phantom
    }
    process.stdout.write(
      `SE-18: ${total.trials} trials, ${total.files} files taken, ${total.lost} lost, ${total.phantom} phantom; seed ${seed}\n`,
    )
  }, 3_600_000)
})
