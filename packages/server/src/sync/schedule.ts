import { nextRunAt } from '@muster/core/sync/schedule.ts'
import type { SyncContext } from './context.ts'
import { queueJobRuns } from './dbt-jobs.ts'
import { queueRun } from './run-store.ts'
import type { Runner } from './runner.ts'
import { dueSyncs, followingSyncs, setFollowed, setNextRun } from './sync-store.ts'
import type { DbtWatch } from './watch-dbt.ts'

/** Queues the runs whose time has come or whose dbt job has ended, and takes what waits as far as this process may. */
export async function turnSchedule(context: SyncContext, runner: Runner, dbt: DbtWatch): Promise<void> {
  await queueDueRuns(context)
  await dbt.look()
  await queueJobRuns(context)
  await runner.take()
}

/**
 * One transaction: a due time is moved on, and a run is followed, only together with the run that is queued for it. While
 * one waits, whatever else makes the sync due joins it.
 */
async function queueDueRuns({ database, clock }: SyncContext): Promise<void> {
  const now = clock()
  await database.transaction(async (tx) => {
    for (const sync of await dueSyncs(tx, now)) {
      await setNextRun(tx, sync.id, nextRunAt(sync.definition.schedule, now))
      await queueRun(tx, { kind: 'sync', syncId: sync.id, applies: true, now })
    }
    for (const sync of await followingSyncs(tx)) {
      await setFollowed(tx, sync.id, sync.follows)
      await queueRun(tx, { kind: 'sync', syncId: sync.id, applies: true, now })
    }
  })
}
