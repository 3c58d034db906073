import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './measurement.ts'

/** One bench: a file of this folder. */
export interface Bench {
  readonly title: string
  /** What `--rows` counts, and how many without it: on two cores that ends within two minutes. */
  readonly rows: { readonly what: string; readonly default: number }
  run(stage: Stage): Promise<Figure[]>
}

/** What a bench works in. Whatever it starts is ended with it, also by Ctrl-C. */
export interface Stage {
  readonly rows: number
  /** An empty directory that is deleted at the end. */
  readonly directory: string
  /** Does this at the end, the latest first. */
  defer(end: () => Promise<unknown>): void
  /** Says on stderr what is being done. */
  progress(text: string): void
}

export async function runBench(
  bench: Bench,
  { rows, progress }: Pick<Stage, 'rows' | 'progress'>,
): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'))
  const ends: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })]
  const endAll = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  let interruption: Promise<never> | null = null
  const interrupted = (): void => {
    interruption ??= endAll().then(() => process.exit(130))
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await bench.run({ rows, directory, progress, defer: (end) => ends.push(end) })
  } catch (error) {
    // What fails because its ground was taken away is no news.
    throw (await interruption) ?? error
  } finally {
    await endAll()
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}
