import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketBitsFor } from '@muster/core/sync/bucket.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { SyncEngine } from '@muster/core/sync/engine.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import type { ChangedRows } from '../read-changed.ts'
import { needsStanding, writeStanding } from './coupling.ts'
import { type Changes, diffBuckets } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { layState } from './lay-state.ts'
import { onlyChanged, rememberChecksums, splitChanged } from './source-checksums.ts'
import {
  type ModelColumns,
  rowsOf,
  type SplitRows,
  type SplitTarget,
  splitFiner,
  splitLaid,
  splitRows,
} from './split-rows.ts'
import type { State } from './state.ts'

/** All rows of the model in the folders of their buckets. */
export interface LaidRows {
  readonly laid: SplitTarget & { readonly rows: number }
}

export interface RowComparison {
  /** All rows of the model, those of the buckets that have changed, or all as the source itself has laid them out. */
  readonly rows: RowFiles | ChangedRows | LaidRows
  readonly model: ModelColumns
  readonly engine: SyncEngine
  readonly mode: SyncMode
  readonly assertsAll?: boolean
  readonly state: State | null
  /** Somebody asks which removals and additions belong together. */
  readonly couples?: boolean
  /** Gives what to compare with in place of the state. */
  readonly known?: (job: Job, split: SplitRows) => Promise<State | null>
  /** The sync's directory, and an existing folder within it for the changes. */
  readonly directory: string
  readonly folder: string
  /** A directory for what is needed meanwhile. */
  readonly scratch: string
}

/** Compares what was read with what the destination has accepted. */
export async function compareRows(
  job: Job,
  comparison: RowComparison,
): Promise<{ counts: DiffCounts; changes: Changes }> {
  const { rows, engine, mode, assertsAll = false, directory, folder, scratch } = comparison
  const changed = 'buckets' in rows ? rows : null
  const split = await splitOf(job, comparison)
  await rm(join(scratch, 'rows'), { recursive: true, force: true })
  const state = comparison.known
    ? await comparison.known(job, split)
    : await layState(job, { state: comparison.state, bits: split.bits, directory, folder })
  const only = changed ? { only: await onlyChanged(job, changed) } : {}
  const made = await diffBuckets({
    job,
    split,
    mode,
    assertsAll,
    state,
    directory,
    folder,
    ...only,
  })
  const { counts } = made
  const couples = comparison.couples && needsStanding(counts)
  const place = { directory, folder, changes: made.changes, rows: rowsOf(split) }
  const standing = couples ? { standing: await writeStanding(job, place) } : {}
  const base = comparison.known || state !== comparison.state ? { base: state } : {}
  const source =
    engine === 'checksums' &&
    (await rememberChecksums(job, { state, mode, split, changed, directory, folder }))
  return { counts, changes: { ...made.changes, ...standing, ...base, ...(source ? { source } : {}) } }
}

/** The rows by bucket, in as many as their number and the state ask for. */
async function splitOf(job: Job, { rows, model, state, scratch }: RowComparison): Promise<SplitRows> {
  const bitsFor = (count: number): number => bucketBitsFor(count, state?.bits ?? 0)
  const directory = join(scratch, 'split')
  if ('laid' in rows) {
    const split = await splitLaid(job, rows.laid)
    const bits = bitsFor(split.read)
    return bits > split.bits ? splitFiner(job, split, { bits, directory: `${directory}-finer` }) : split
  }
  const into = { bits: bitsFor(rows.rows), directory }
  return 'buckets' in rows ? splitChanged(job, rows, into) : splitRows(job, rows, { ...into, model })
}
