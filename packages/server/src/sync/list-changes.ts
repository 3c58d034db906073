import { conflict } from '@muster/core/lib/error.ts'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { inJob } from './engine/duckdb-job.ts'
import { proveParts } from './engine/part-file.ts'
import { type Change, readChanges } from './engine/read-changes.ts'
import { getRun } from './run-store.ts'

/** A change with its number in the plan: removals come first. */
export interface PlannedChange extends Change {
  readonly operation: ChangeOperation
}

export interface ChangesPage {
  readonly changes: readonly PlannedChange[]
  /** The number at which the next page begins; null where there is none. */
  readonly next: number | null
}

/**
 * The exact changes of a run from the number `from` on, whether they were sent or not. `conflict` `no_changes` where it has
 * no plan (any more), `files_damaged` where its files are not what was planned.
 */
export async function listChanges(
  context: SyncContext,
  runId: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<ChangesPage> {
  const { id, sync_id, status, plan, changes } = await getRun(context.database, runId)
  if (!plan || !changes || status === 'superseded') {
    throw conflict('no_changes', `run ${id} is ${status} and has no changes to show`, {
      hint: 'Plan the sync again.',
    })
  }
  const { removed, added } = plan.counts
  const to = Math.min(from + limit, removed + added)
  const directory = syncDirectory(context, sync_id)
  const found = await inJob(
    { directory, signal: AbortSignal.timeout(60_000), memoryMb: 128 },
    async (job) => {
      const read = async (operation: ChangeOperation, offset: number): Promise<PlannedChange[]> => {
        const range = { operation, from: Math.max(0, from - offset), to: to - offset, directory }
        if (range.to <= range.from) return []
        const rows = await readChanges(job, changes, range)
        return rows.map((change) => ({ ...change, n: change.n + offset, operation }))
      }
      await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
      return [...(await read('remove', 0)), ...(await read('add', removed))]
    },
  )
  return { changes: found, next: to < removed + added ? to : null }
}
