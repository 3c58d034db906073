import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashHarness, people, startCrashHarness } from './crash-harness.ts'
import { chanceOf } from './trials.ts'

/** `MUSTER_TRIALS=3000` for the long run. */
const trials = Number(process.env.MUSTER_TRIALS ?? 2)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rows = 100_000
const churn = 2_500
const inFlight = 4 * 1_000

describe('SE-02: a sync of 100,000 rows whose process is killed at random', () => {
  let crash: CrashHarness
  /** How long a run takes here that nobody kills. */
  let wholeMs = 0
  beforeAll(async () => {
    crash = await startCrashHarness()
    await crash.model(people(0, rows))
    await crash.children.live({ what: 'begin', kind: 'sync', after: 0 })
    // So that a good part of a run is sending.
    crash.half.remote.delayMs = 100
    await crash.model(people(churn, churn + rows))
    const after = await crash.newestRun()
    const began = performance.now()
    await crash.children.live({ what: 'resume', kind: 'sync', after })
    wholeMs = performance.now() - began
  })
  afterAll(() => crash.close())

  it(`one to five times a run, ${trials} runs: loses nobody and adds nobody`, async () => {
    const chance = chanceOf(seed)
    const total = { kills: 0, sent: 0, planned: 0, lost: 0, phantom: 0 }
    for (let trial = 1; trial <= trials; trial++) {
      const from = (trial + 1) * churn
      const now = people(from, from + rows)
      await crash.model(now)
      const [after, request] = [await crash.newestRun(), crash.half.remote.seen.length]
      const kills = 1 + Math.floor(chance() * 5)
      let died = 0
      for (let kill = 0; kill < kills; kill++) {
        // The first kill finds the run at work; a later one may come when nothing is left to do.
        const killAfterMs = chance() * wholeMs * (kill === 0 ? 0.7 : 1)
        const life = await crash.children.live({ what: 'resume', kind: 'sync', after }, killAfterMs)
        if (life.died === null) break
        died++
        await crash.passLease()
      }
      await crash.children.live({ what: 'resume', kind: 'sync', after })
      const sums = { planned: 2 * churn, pending: 0 }
      expect(await crash.runAfter(after)).toMatchObject({ status: 'done', sums })
      const sent = crash.sentSince(request)
      expect(sent).toBeLessThanOrEqual(sums.planned + died * inFlight)
      const wrong = crash.wrong(now)
      total.kills += died
      total.sent += sent
      total.planned += sums.planned
      total.lost += wrong.lost
      total.phantom += wrong.phantom
      if (trial % 100 === 0) process.stdout.write(`SE-02: ${trial} of ${trials} trials\n`)
    }
    const overcall = (total.sent / total.planned).toFixed(3)
    process.stdout.write(
      `SE-02: ${trials} trials, ${total.kills} kills, ${total.lost} lost, ${total.phantom} phantom, overcall ${overcall}; failures below ${((3 / trials) * 100).toFixed(2)} % (95 %); seed ${seed}\n`,
    )
    expect({ lost: total.lost, phantom: total.phantom }).toEqual({ lost: 0, phantom: 0 })
    expect(total.kills).toBeGreaterThan(0)
  }, 36_000_000)
})
