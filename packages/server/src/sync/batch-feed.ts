import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import type { Queryable } from '../db/database.ts'
import { pendingBatches, type StoredBatch } from './batch-store.ts'
import type { LoadedBatch } from './deliver.ts'
import type { Changes } from './engine/diff-buckets.ts'
import type { Job } from './engine/duckdb-job.ts'
import { readChanges } from './engine/read-changes.ts'

/** Batches read from the files by one query. */
const window = 50
/** With fewer left, the next window is read while these are sent. */
const readAhead = 20

export interface FeedOptions {
  readonly database: Queryable
  readonly job: Job
  readonly runId: number
  readonly changes: Changes
  readonly operation: ChangeOperation
  /** Only changes below this number. */
  readonly past: number
  /** Additions are numbered in the plan after this many removals. */
  readonly removed: number
  readonly directory: string
}

/**
 * Gives the pending batches of an operation with their identifiers, one a call and each once, in the order of the
 * changes. Several may call at once; one reads a window for all.
 */
export function feedBatches(options: FeedOptions): () => Promise<LoadedBatch | null> {
  const ready: LoadedBatch[] = []
  let reached: number | null = 0
  let reading: Promise<void> | null = null

  const readWindow = async (from: number): Promise<void> => {
    const { database, runId, operation, past } = options
    const batches = await pendingBatches(database, runId, { operation, from, past, limit: window })
    if (batches.length > 0) ready.push(...(await load(options, batches)))
    reached = batches.at(-1)?.change_to ?? null
  }
  const read = (from: number): Promise<void> => {
    reading ??= readWindow(from).finally(() => {
      reading = null
    })
    return reading
  }
  return async () => {
    while (ready.length === 0 && reached !== null) await read(reached)
    const batch = ready.shift() ?? null
    // Whoever finds none ready meets a failure of this reading; here it is only begun early.
    if (ready.length < readAhead && reached !== null) read(reached).catch(() => {})
    return batch
  }
}

async function load(options: FeedOptions, batches: readonly StoredBatch[]): Promise<LoadedBatch[]> {
  const { job, changes, operation, removed, directory } = options
  const offset = operation === 'add' ? removed : 0
  const first = batches[0]?.change_from ?? 0
  const past = batches.at(-1)?.change_to ?? first
  const found = await readChanges(job, changes, {
    operation,
    from: first - offset,
    to: past - offset,
    directory,
  })
  if (found.length !== past - first) {
    throw new Error(`${past - first} changes were planned from ${first} on and ${found.length} found`)
  }
  return batches.map(({ number, change_from, change_to }) => ({
    number,
    from: change_from,
    to: change_to,
    identifiers: found.slice(change_from - first, change_to - first).map((change) => change.identifier),
  }))
}
