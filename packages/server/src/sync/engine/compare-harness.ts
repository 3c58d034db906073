import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Member } from '@muster/core/sync/member.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { compareRows } from './compare-rows.ts'
import type { Changes } from './diff-buckets.ts'
import { inJob, type Job } from './duckdb-job.ts'
import { foldState, type NumberRange } from './fold-state.ts'
import { readChanges } from './read-changes.ts'
import type { State } from './state.ts'

/** For tests of the engine: a row with its key, and the external_id that it names. */
export interface TestRow {
  readonly key: string
  readonly id: string
}

const model = { key: 'key', identifiers: [{ external_id: 'id' }] }

export const named = (given: readonly TestRow[]): Member[] =>
  given.map(({ key, id }) => ({ identifier: { kind: 'external_id', value: id }, rowKey: key }))

export type Comparisons = Awaited<ReturnType<typeof openComparisons>>

/** Compares rows with states and folds them, in a directory of its own. */
export async function openComparisons() {
  const directory = await mkdtemp(join(tmpdir(), 'muster-comparisons-'))
  let folders = 0
  const folder = async (): Promise<string> => {
    const name = `f${folders++}`
    await mkdir(join(directory, name))
    return name
  }
  return {
    directory,
    folder,
    close: () => rm(directory, { recursive: true, force: true }),
    job: <T>(work: (on: Job) => Promise<T>): Promise<T> =>
      inJob({ directory, signal: new AbortController().signal }, work),
    compare: async (on: Job, given: readonly TestRow[], state: State | null) => {
      const scratch = join(directory, await folder())
      await on.run('create or replace temp table given (key varchar, id varchar)')
      for (const { key, id } of given) await on.run('insert into given values ($1, $2)', [key, id])
      const path = join(scratch, 'given.parquet')
      await on.run(`copy given to '${path}' (format parquet)`)
      const rows = { format: 'parquet', paths: [path], rows: given.length } as const
      const place = { directory, folder: await folder(), scratch }
      return compareRows(on, { rows, model, engine: 'local', mode: 'mirror', state, couples: true, ...place })
    },
    fold: async (
      on: Job,
      of: {
        readonly state: State | null
        readonly changes: Changes
        readonly counts: Pick<DiffCounts, 'removed'>
        readonly accepted: readonly NumberRange[]
      },
    ): Promise<State> => {
      const { state, changes, counts, accepted } = of
      const place = { directory, folder: await folder(), name: 'v' }
      const { removed } = counts
      return foldState({ job: on, state, changes, removed, accepted, uncertain: [], ...place })
    },
    /** The changes as they are sent. */
    inOrder: async (on: Job, changes: Changes): Promise<{ removed: Member[]; added: Member[] }> => {
      const read = async (operation: 'add' | 'remove') =>
        (await readChanges(on, changes, { operation, from: 0, to: 1_000, directory })).map(
          ({ identifier, rowKey }) => ({ identifier, rowKey }),
        )
      return { removed: await read('remove'), added: await read('add') }
    },
  }
}
