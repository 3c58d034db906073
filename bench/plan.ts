import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
import type { Bench, Stage } from './bench.ts'
import { type MusterChild, startChild, startMuster } from './child.ts'
import { type Figure, median, secondsOf } from './measurement.ts'
import { describePeopleSync, expectPlan, planPeople, resetPeople } from './people-sync.ts'
import { changedEvery, writePeople } from './people-warehouse.ts'

/**
 * A plan of `--rows` members where 1 % changed, by the product's server from the request to the plan that stands:
 * reading the DuckDB source, members and accounting, diff, numbered changes. The limit is bare DuckDB SQL in a process
 * of its own: distinct members to a file, then both anti-joins with the accepted ones to a file (bare-plan.ts).
 * - plan: the median of three (one of 50 M members or more), with its own process's peak memory as `rss`.
 * - unchanged: the same where nothing has changed.
 * - first_plan: nothing is accepted yet; the limit only writes the distinct members. It is taken as accepted by a reset, which
 *   plans and folds and sends nothing (bench sync sends).
 */
export const plan: Bench = {
  title: 'plan of a sync, 1 % changed',
  rows: { what: 'members', default: 1_000_000 },
  run: async (stage) => {
    const bare = await measureBare(stage)
    const muster = await measureMuster(stage)
    const n = stage.rows
    const figures: Figure[] = [
      { metric: 'plan', value: muster.plan, unit: 's', limit: bare.plan, n },
      { metric: 'unchanged', value: muster.unchanged, unit: 's', n },
      { metric: 'first_plan', value: muster.firstPlan, unit: 's', limit: bare.members, n },
      { metric: 'reset', value: muster.reset, unit: 's', n },
    ]
    if (muster.peakMiB !== null) {
      figures.push({ metric: 'rss', value: muster.peakMiB, unit: 'MiB', limit: bare.peakMiB, n })
    }
    return figures
  },
}

/** One of very many members, which takes minutes. */
const repeatsOf = ({ rows }: Stage): number => (rows < 50_000_000 ? 3 : 1)

function warehouseOf(stage: Stage): string {
  return join(stage.directory, 'people.duckdb')
}

interface BareFigures {
  readonly members: number
  readonly plan: number
  readonly peakMiB: number | null
}

async function measureBare(stage: Stage): Promise<BareFigures> {
  const warehouse = warehouseOf(stage)
  const folder = join(stage.directory, 'bare')
  await mkdir(folder)
  const run = async (...mode: string[]): Promise<{ seconds: number; peakMiB: number | null }> => {
    const child = await startChild(stage, [
      join(import.meta.dirname, 'bare-plan.ts'),
      warehouse,
      folder,
      ...mode,
    ])
    const peakMiB = await child.peakMiB()
    await child.stop()
    return { seconds: Number(child.ready), peakMiB }
  }
  stage.progress('writing the warehouse')
  await writePeople(warehouse, { count: stage.rows, day: 1 })
  stage.progress('bare DuckDB')
  const { seconds: members } = await run()
  await rename(join(folder, 'members.parquet'), join(folder, 'accepted.parquet'))
  await writePeople(warehouse, { count: stage.rows, day: 2 })
  const plans = []
  for (let i = 0; i < repeatsOf(stage); i++) plans.push(await run('diff'))
  return {
    members,
    plan: median(plans.map(({ seconds }) => seconds)),
    peakMiB: plans[0]?.peakMiB === null ? null : Math.max(...plans.map(({ peakMiB }) => peakMiB ?? 0)),
  }
}

interface MusterFigures {
  readonly plan: number
  readonly unchanged: number
  readonly firstPlan: number
  readonly reset: number
  readonly peakMiB: number | null
}

async function measureMuster(stage: Stage): Promise<MusterFigures> {
  const warehouse = warehouseOf(stage)
  const dataDirectory = join(stage.directory, 'data')
  stage.defer(() => removeEmbeddedPostgres(dataDirectory))
  const start = (): Promise<MusterChild> => startMuster(stage, { dataDirectory, only: 'sync' })
  await writePeople(warehouse, { count: stage.rows, day: 1 })
  const first = await start()
  await describePeopleSync(first.client, {
    warehouse,
    // Nothing is sent there.
    restEndpoint: 'http://127.0.0.1:9',
    partnerApiKey: 'p',
    dataImportKey: 'd',
  })
  stage.progress('the first plan')
  const firstPlan = await secondsOf(async () => {
    expectPlan(await planPeople(first.client), { added: stage.rows, removed: 0, unchanged: 0 })
  })
  stage.progress('the reset')
  const reset = await secondsOf(() => resetPeople(first.client))
  // Another process, so that its peak memory is that of the plans alone.
  await first.stop()
  const muster = await start()
  stage.progress('a plan of no change')
  const unchanged = await secondsOf(async () => {
    expectPlan(await planPeople(muster.client), { added: 0, removed: 0, unchanged: stage.rows })
  })
  await writePeople(warehouse, { count: stage.rows, day: 2 })
  const changed = Math.floor(stage.rows / changedEvery)
  const seconds: number[] = []
  for (let i = 1; i <= repeatsOf(stage); i++) {
    stage.progress(`plan ${i} of ${repeatsOf(stage)}`)
    seconds.push(
      await secondsOf(async () => {
        const run = await planPeople(muster.client)
        expectPlan(run, { added: changed, removed: changed, unchanged: stage.rows - changed })
      }),
    )
  }
  return { plan: median(seconds), unchanged, firstPlan, reset, peakMiB: await muster.peakMiB() }
}
