import { conflict } from '@muster/core/lib/error.ts'
import { settledRanges } from './batch-store.ts'
import { judgeChanges, type Planned } from './compute-plan.ts'
import type { SyncContext } from './context.ts'
import { inJob } from './engine/duckdb-job.ts'
import { undoChanges } from './engine/undo-changes.ts'
import type { StoredRun } from './run-store.ts'
import { rejectionsOf } from './set-aside.ts'
import type { StoredSync } from './sync-store.ts'

/** Throws `conflict` where a run cannot be taken back, and says why. */
export function requireUndoable(run: StoredRun, sync: StoredSync): void {
  const refused = (why: string, hint: string): Error =>
    conflict('not_undoable', `run ${run.id} cannot be undone: ${why}`, { hint })
  if (!run.changes || !run.plan || !['done', 'incomplete', 'stopped', 'cancelled'].includes(run.status)) {
    throw refused(
      `it is ${run.status} and has sent nothing that is known`,
      'Undo a run that has sent something.',
    )
  }
  if (run.target?.destination !== sync.definition.destination || run.target.cohort_id !== sync.cohort_id) {
    throw refused('the sync keeps another cohort now', 'Turn the sync back to that cohort first.')
  }
  if (run.changes.forgotten || sync.definition.mode === 'remove_only') {
    throw refused(
      'the sync only removes, and does not know who was in the cohort before',
      'Add the people by another sync.',
    )
  }
  if (!sync.state) {
    throw refused(
      'the record of what was accepted was reset',
      `Run the sync instead: muster run ${sync.name}`,
    )
  }
}

/** Plans the taking back of a run: reads no source. The guards of removals and additions judge it as any plan. */
export async function planUndo(
  context: SyncContext,
  given: {
    readonly undone: StoredRun
    readonly sync: StoredSync
    readonly directory: string
    readonly folder: string
    readonly scratch: string
    readonly signal: AbortSignal
  },
): Promise<Planned> {
  const { undone, sync, directory, folder, scratch, signal } = given
  requireUndoable(undone, sync)
  const { changes, plan } = undone
  const { state, definition } = sync
  if (!changes || !plan || !state) throw conflict('not_undoable', `run ${undone.id} has no changes`)
  const { accepted } = await settledRanges(context.database, undone.id, false)
  return inJob({ directory: scratch, signal, memoryMb: context.memoryMb }, async (job) => {
    const undo = { job, state, changes, counts: plan.counts, accepted, directory, folder }
    const guards = { ...definition.guards, min_members: 0 }
    const made = await undoChanges(undo)
    const rejections = rejectionsOf(sync, 'keeps')
    const judged = { ...definition, guards }
    return judgeChanges(context, { job, directory, folder, ...made, rejections, definition: judged })
  })
}
