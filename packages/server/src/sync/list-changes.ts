import { conflict } from '@muster/core/lib/error.ts'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import type { Changes } from './engine/diff-buckets.ts'
import { inJob } from './engine/duckdb-job.ts'
import { proveParts } from './engine/part-file.ts'
import { type Change, readChanges } from './engine/read-changes.ts'
import { getRun } from './run-store.ts'

/** A change with its number in the plan: removals come first. */
export interface PlannedChange extends Change {
  readonly operation: ChangeOperation
}

export interface ChangesQuery {
  readonly from: number
  readonly limit: number
  readonly operation?: ChangeOperation | undefined
  /** A text that finds some (`foundBy`). */
  readonly find?: string | undefined
}

export interface ChangesPage {
  readonly changes: readonly PlannedChange[]
  /** The number at which the next page begins; null where there is none. */
  readonly next: number | null
}

/** The files of a run's changes. `conflict` `no_changes` where it has no plan (any more). */
export async function changesOf(
  context: SyncContext,
  runId: string,
): Promise<{ readonly directory: string; readonly changes: Changes; readonly counts: DiffCounts }> {
  const { id, sync_id, status, plan, changes } = await getRun(context.database, runId)
  if (!plan || !changes || status === 'superseded') {
    throw conflict('no_changes', `run ${id} is ${status} and has no changes to show`, {
      hint: 'Plan the sync again.',
    })
  }
  return { directory: syncDirectory(context, sync_id), changes, counts: plan.counts }
}

/**
 * The exact changes of a run from the number `from` on, whether they were sent or not; of one operation, or those that `find` names,
 * where that is asked for. Throws as `changesOf`, and `files_damaged` where the files are not what was planned.
 */
export async function listChanges(
  context: SyncContext,
  runId: string,
  { from, limit, operation, find }: ChangesQuery,
): Promise<ChangesPage> {
  const { directory, changes, counts } = await changesOf(context, runId)
  const { removed, added } = counts
  const found = await inJob(
    { directory, signal: AbortSignal.timeout(60_000), memoryMb: 128 },
    async (job) => {
      const read = async (of: ChangeOperation, most: number): Promise<PlannedChange[]> => {
        const [offset, count] = of === 'remove' ? [0, removed] : [removed, added]
        const first = Math.max(0, from - offset)
        if (first >= count || most <= 0 || (operation ?? of) !== of) return []
        // Without a search, what lies beyond the page need not be read.
        const to = find === undefined ? Math.min(count, first + most) : count
        const rows = await readChanges(job, changes, {
          operation: of,
          from: first,
          to,
          limit: most,
          directory,
          find,
        })
        return rows.map((change) => ({ ...change, n: change.n + offset, operation: of }))
      }
      await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
      const removals = await read('remove', limit + 1)
      return [...removals, ...(await read('add', limit + 1 - removals.length))]
    },
  )
  return { changes: found.slice(0, limit), next: found[limit]?.n ?? null }
}
