import type { SyncContext } from './context.ts'
import { nextRunAt } from './define-sync.ts'
import { insertRun, takeOverRuns } from './run-store.ts'
import type { Runner } from './runner.ts'
import { dueSyncs, setNextRun } from './sync-store.ts'

/** Takes up the runs that nobody works on any more, and begins those whose time has come. */
export async function turnSchedule(context: SyncContext, runner: Runner): Promise<void> {
  for (const id of await takeOverRuns(context.database, runner.lease)) {
    context.log.info('a run is resumed', { run: id })
    runner.start(id)
  }
  for (const id of await beginDueRuns(context, runner)) runner.start(id)
}

/** One transaction: a due time is moved on only together with the run that it was for. */
async function beginDueRuns(context: SyncContext, runner: Runner): Promise<number[]> {
  const now = context.clock()
  return context.database.transaction(async (tx) => {
    const begun: number[] = []
    for (const sync of await dueSyncs(tx, now)) {
      await setNextRun(tx, sync.id, nextRunAt(sync.definition.schedule, now))
      const id = await insertRun(tx, {
        syncId: sync.id,
        applies: true,
        message: `reading model ${sync.definition.model}`,
        now,
        lease: runner.lease,
      })
      begun.push(id)
    }
    return begun
  })
}
