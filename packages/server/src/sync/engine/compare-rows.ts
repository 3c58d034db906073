import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketBitsFor } from '@muster/core/sync/bucket.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { SyncEngine } from '@muster/core/sync/engine.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import type { ChangedRows } from '../read-changed.ts'
import { type Changes, diffBuckets } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { onlyChanged, rememberChecksums, splitChanged } from './source-checksums.ts'
import { type ModelColumns, type SplitRows, splitRows } from './split-rows.ts'
import type { State } from './state.ts'

export interface RowComparison {
  /** All rows of the model, or those of the buckets that have changed. */
  readonly rows: RowFiles | ChangedRows
  readonly model: ModelColumns
  readonly engine: SyncEngine
  readonly mode: SyncMode
  readonly assertsAll?: boolean
  readonly state: State | null
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
  const { rows, model, engine, directory, folder, scratch } = comparison
  const bits = bucketBitsFor(rows.rows, comparison.state?.bits ?? 0)
  const into = { bits, directory: join(scratch, 'split') }
  const changed = 'buckets' in rows ? rows : null
  const split =
    'buckets' in rows ? await splitChanged(job, rows, into) : await splitRows(job, rows, { ...into, model })
  await rm(join(scratch, 'rows'), { recursive: true, force: true })
  const { mode, assertsAll = false } = comparison
  const state = comparison.known ? await comparison.known(job, split) : comparison.state
  const only = changed ? { only: await onlyChanged(job, changed) } : {}
  const made = await diffBuckets({ job, split, mode, assertsAll, state, directory, folder, ...only })
  if (comparison.known) return { counts: made.counts, changes: { ...made.changes, base: state } }
  if (engine !== 'checksums') return made
  const source = await rememberChecksums(job, { state, split, changed, directory, folder })
  return { counts: made.counts, changes: { ...made.changes, source } }
}
