import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brazeCohorts } from '../e2e/sync-harness.ts'
import { boundaryKinds } from './boundary-kinds.ts'
import { type CrashHarness, idsOf, type People, people, startCrashHarness } from './crash-harness.ts'
import { difference, sample } from './trials.ts'

/** `MUSTER_TRIALS=1000000` dies at every boundary; a small number at so many of them, drawn by a seed. */
const trials = Number(process.env.MUSTER_TRIALS ?? 1)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))
const batchIds = 1_000

/** The model walks there and back, and a process dies on every way. */
interface Scenario {
  readonly name: string
  readonly kind?: 'full_resync'
  /** Before each way nothing is accepted, and nobody is in the cohort. */
  readonly first?: boolean
  /** So many of each operation go alone before the others. */
  readonly canary?: number
  /** Requests in flight at once, where that is not what the destination's kind allows. */
  readonly concurrency?: number
  readonly here: People
  readonly there: People
}

const scenarios: readonly Scenario[] = [
  { name: 'first sync', first: true, here: people(0, 5_500), there: people(100, 5_600) },
  {
    name: 'first sync that tries some first',
    first: true,
    canary: 500,
    here: people(0, 3_500),
    there: people(100, 3_600),
  },
  { name: 'add-only and remove-only', here: people(0, 3_000), there: people(0, 8_500) },
  { name: 'delta with removals and additions', here: people(0, 4_000), there: people(2_500, 6_500) },
  {
    name: 'delta with removals and additions, one request at a time',
    concurrency: 1,
    here: people(0, 4_000),
    there: people(2_500, 6_500),
  },
  { name: 'full resync', kind: 'full_resync', here: people(0, 3_000), there: people(1_500, 4_500) },
  {
    name: 'alias yesterday, external_id today, the same person',
    here: people(0, 2_500, 'alias'),
    there: people(0, 2_500),
  },
]

/** What a run must send: who goes and who comes; of a first run and of a full resync, all who are desired. */
function planned({ first, kind }: Scenario, before: Set<string>, now: Set<string>): number {
  if (first) return now.size
  const { lost, phantom } = difference(before, now)
  return kind === 'full_resync' ? now.size + lost : lost + phantom
}

describe('SE-01: a sync whose process dies at a boundary of its I/O', () => {
  let crash: CrashHarness
  const kinds = new Set<string>()
  const total = { trials: 0, lost: 0, phantom: 0, overcall: 0 }
  beforeAll(async () => {
    crash = await startCrashHarness()
  })
  afterAll(async () => {
    await crash.close()
    process.stdout.write(
      `SE-01: ${total.trials} trials, ${total.lost} lost, ${total.phantom} phantom, at most ${total.overcall} ids sent again; seed ${seed}\n`,
    )
  })

  /** One way with a death at a boundary, and a life after it. Returns how many boundaries there were if nobody died. */
  const walk = async (
    scenario: Scenario,
    [before, now]: readonly [People, People],
    boundary: number | null,
  ): Promise<number> => {
    const { kind = 'sync', first = false, concurrency = 4 } = scenario
    if (first) await crash.startOver()
    await crash.model(now)
    const [after, request] = [await crash.newestRun(), crash.half.remote.seen.length]
    const deadly = boundary === null ? {} : { boundary }
    const life = await crash.children.live({ what: 'begin', kind, after, ...deadly })
    for (const one of life.report ? Object.keys(life.report.kinds) : [life.died]) kinds.add(one)
    const run = await crash.finish({ kind, after })
    const at = `${scenario.name}, boundary ${boundary} (${life.died})`
    const sums = { planned: planned(scenario, idsOf(before), idsOf(now)), pending: 0, rejected: 0 }
    expect(run, at).toMatchObject({ status: 'done', sums })
    const wrong = crash.wrong(now)
    expect(wrong, at).toEqual({ lost: 0, phantom: 0 })
    const overcall = crash.sentSince(request) - sums.planned
    expect(overcall, at).toBeLessThanOrEqual(life.died === null ? 0 : concurrency * batchIds)
    total.trials++
    if (total.trials % 100 === 0) process.stdout.write(`SE-01: ${total.trials} trials so far\n`)
    total.lost += wrong.lost
    total.phantom += wrong.phantom
    total.overcall = Math.max(total.overcall, overcall)
    return life.report?.met ?? 0
  }

  it.each(scenarios)(
    '$name: loses nobody, adds nobody, and resumes by itself',
    async (scenario) => {
      const { here, there, canary, concurrency } = scenario
      const { remote, sync } = crash.half
      await sync.putDestination({ name: 'braze', body: brazeCohorts(remote, { concurrency }), dryRun: false })
      await crash.define(canary === undefined ? {} : { canary: { first: canary } })
      await crash.model(here)
      await crash.children.live({ what: 'begin', kind: 'sync', after: await crash.newestRun() })
      const boundaries = await walk(scenario, [here, there], null)
      process.stdout.write(`SE-01 ${scenario.name}: ${boundaries} boundaries\n`)
      for (const boundary of sample(boundaries, trials, seed)) {
        await walk(scenario, [there, here], boundary)
        await walk(scenario, [here, there], boundary)
      }
      const after = await crash.newestRun()
      await crash.children.live({ what: 'plan', kind: 'sync', after })
      expect((await crash.runAfter(after))?.plan?.counts).toMatchObject({ added: 0, removed: 0 })
    },
    7_200_000,
  )

  it('counts what is rejected once a run, and sets it aside when that was as often as the sync says', async () => {
    const three = people(0, 3)
    crash.half.remote.refuse = (identifier) => 'value' in identifier && identifier.value === 'C-1'
    await crash.define({ rejected: { tries: 2 } })
    await crash.model(three)
    /** A run that dies at a boundary; in how many runs the change was rejected by then, and how many boundaries it met. */
    const live = async (boundary: number | null) => {
      const after = await crash.newestRun()
      const deadly = boundary === null ? {} : { boundary }
      const { died, report } = await crash.children.live({ what: 'begin', after, ...deadly })
      const run = await crash.finish({ after })
      const { rows } = await crash.half.sync.rejected('people', { after: null, limit: 10 })
      const at = `boundary ${boundary} (${died})`
      return {
        at,
        status: run?.status,
        tries: rows.map((row) => row.tries),
        met: report?.met ?? 0,
        ...run?.sums,
      }
    }
    await crash.startOver()
    const { met } = await live(null)
    for (const boundary of sample(met, trials, seed)) {
      await crash.startOver()
      for (const tries of [1, 2]) {
        const ended = await live(boundary)
        expect(ended, ended.at).toMatchObject({ status: 'done', rejected: 1, pending: 0, tries: [tries] })
      }
      const last = await live(boundary)
      expect(last, last.at).toMatchObject({ status: 'done', planned: 0, tries: [2] })
      expect(crash.half.members()).toEqual(['P-0', 'P-2'])
      total.trials += 3
    }
    crash.half.remote.refuse = () => false
  }, 7_200_000)

  it('has met no boundary that the list does not name', () => {
    expect([...kinds].filter((kind) => !boundaryKinds.some((known) => known === kind))).toEqual([])
    expect([...kinds].length).toBeGreaterThan(9)
  })
})
