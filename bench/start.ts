import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
import type { Bench, Stage } from './bench.ts'
import { type Child, startChild, startMuster } from './child.ts'
import { type Figure, median } from './measurement.ts'

/**
 * From `muster serve` on the command line to the line that says it is ready, on a data directory that exists; the
 * median of `--rows` starts. The limit is a Node process that does nothing but start the same PostgreSQL on the same
 * cluster, ask it `select 1` and let node:http listen (bare-start.ts); the two take turns.
 * `first_ready` makes the cluster and the schema, too.
 */
export const start: Bench = {
  title: 'cold start to ready',
  rows: { what: 'starts', default: 5 },
  run: async (stage) => {
    const dataDirectory = join(stage.directory, 'data')
    stage.defer(() => removeEmbeddedPostgres(dataDirectory))
    stage.progress('the first start')
    const first = await measureStart(() => startMuster(stage, { dataDirectory }))
    const muster: Start[] = []
    const bare: Start[] = []
    for (let i = 1; i <= stage.rows; i++) {
      stage.progress(`start ${i} of ${stage.rows}`)
      muster.push(await measureStart(() => startMuster(stage, { dataDirectory })))
      bare.push(await measureStart(() => startBare(stage, dataDirectory)))
    }
    return figuresOf({ first, muster, bare })
  },
}

interface Start {
  readonly seconds: number
  readonly peakMiB: number | null
}

function startBare(stage: Stage, dataDirectory: string): Promise<Child> {
  return startChild(stage, [join(import.meta.dirname, 'bare-start.ts'), dataDirectory])
}

async function measureStart(startOne: () => Promise<Child>): Promise<Start> {
  const child = await startOne()
  const peakMiB = await child.peakMiB()
  await child.stop()
  return { seconds: child.seconds, peakMiB }
}

function figuresOf(of: { first: Start; muster: readonly Start[]; bare: readonly Start[] }): Figure[] {
  const n = of.muster.length
  const seconds = (starts: readonly Start[]): number => median(starts.map((one) => one.seconds))
  const memory = (starts: readonly Start[]): number[] => starts.flatMap(({ peakMiB }) => peakMiB ?? [])
  const figures: Figure[] = [
    { metric: 'ready', value: seconds(of.muster), unit: 's', limit: seconds(of.bare), n },
    { metric: 'first_ready', value: of.first.seconds, unit: 's', n: 1 },
  ]
  if (memory(of.muster).length > 0) {
    figures.push({
      metric: 'rss',
      value: median(memory(of.muster)),
      unit: 'MiB',
      limit: median(memory(of.bare)),
      n,
    })
  }
  return figures
}
