import { nextRunAt } from '@muster/core/sync/schedule.ts'
import type { Queryable } from '../db/database.ts'
import type { SyncContext } from './context.ts'
import { insertRun, takeOverRuns } from './run-store.ts'
import type { Runner } from './runner.ts'
import { dueSyncs, followingSyncs, type StoredSync, setFollowed, setNextRun } from './sync-store.ts'

/** Takes up the runs that nobody works on any more, and begins those whose time has come. */
export async function turnSchedule(context: SyncContext, runner: Runner): Promise<void> {
  for (const id of await takeOverRuns(context.database, runner.lease)) {
    context.log.info('a run is resumed', { run: id })
    runner.start(id)
  }
  for (const id of await beginDueRuns(context, runner)) runner.start(id)
}

/**
 * One transaction: a due time is moved on, and a run is followed, only together with the run that begins for it. A sync
 * that is due meanwhile for both reasons begins once; the other reason holds until that run has ended.
 */
async function beginDueRuns(context: SyncContext, runner: Runner): Promise<number[]> {
  const now = context.clock()
  const begin = (tx: Queryable, sync: StoredSync): Promise<number> =>
    insertRun(tx, {
      syncId: sync.id,
      applies: true,
      message: `reading model ${sync.definition.model}`,
      now,
      lease: runner.lease,
    })
  return context.database.transaction(async (tx) => {
    const begun: number[] = []
    for (const sync of await dueSyncs(tx, now)) {
      await setNextRun(tx, sync.id, nextRunAt(sync.definition.schedule, now))
      begun.push(await begin(tx, sync))
    }
    for (const sync of await followingSyncs(tx)) {
      await setFollowed(tx, sync.id, sync.follows)
      begun.push(await begin(tx, sync))
    }
    return begun
  })
}
