import { assertNever } from '@muster/core/lib/assert-never.ts'
import { conflict, MusterError } from '@muster/core/lib/error.ts'
import { type Deletable, type DeletionFacts, obstacleTo, refusalOf } from '@muster/core/sync/deletion.ts'
import type { Queryable } from '../db/database.ts'
import { getConnection } from './connection-store.ts'
import type { SyncContext } from './context.ts'
import {
  countRuns,
  deleteNamed,
  deleteSync,
  lockDoomed,
  rememberTables,
  syncFacts,
  usersOf,
  waitForAlerts,
} from './deletion-store.ts'
import { tablePrefixOf } from './engine/warehouse-state.ts'
import { getModel } from './model.ts'
import { type LeftBehind, sweepOne } from './sweep-deleted.ts'
import { getSync, type StoredSync } from './sync-store.ts'

/** Deleting what has a name. */
export interface Deleting {
  /**
   * Deletes it, or with `dryRun` only finds out what that would do. `missing` where there is nothing of that name, `conflict`
   * where something uses it, or where a run of a sync has not ended. Sends nothing: whoever a sync has put into its cohort
   * stays there.
   */
  deleteNamed(doomed: {
    readonly kind: Deletable
    readonly name: string
    readonly dryRun: boolean
  }): Promise<DeletedSyncView | null>
}

/** What goes, or went, with a sync. */
export interface DeletedSyncView {
  readonly sync: StoredSync
  readonly runs: number
  /** What could not be taken away; it is tried again every minute, tables for an hour. */
  readonly left: readonly LeftBehind[]
}

export function deleting(context: SyncContext): Deleting {
  return {
    deleteNamed: async ({ kind, name, dryRun }) => {
      if (kind === 'sync') return deleteOneSync(context, name, dryRun)
      await requireNamed(context.database, kind, name)
      const decide = async (on: Queryable): Promise<void> =>
        requireFree({ kind, name }, { kind, usedBy: await usersOf(on, kind, name) })
      if (dryRun) await decide(context.database)
      else {
        await context.database.transaction(async (tx) => {
          await lockDoomed(tx, kind, name)
          await decide(tx)
          await deleteNamed(tx, kind, name)
        })
      }
      return null
    },
  }
}

async function requireNamed(on: Queryable, kind: Exclude<Deletable, 'sync'>, name: string): Promise<void> {
  switch (kind) {
    case 'model':
      await getModel(on, name)
      return
    case 'source':
    case 'destination':
    case 'notifier':
      await getConnection(on, kind, name)
      return
    default:
      assertNever(kind)
  }
}

function requireFree(
  doomed: { readonly kind: Deletable; readonly name: string },
  facts: DeletionFacts,
): void {
  const obstacle = obstacleTo(facts)
  if (obstacle) throw refusalOf(doomed, obstacle)
}

/**
 * The rows go first, in one transaction with the word that the files are to go: a crash after it leaves files that the next
 * sweep finds, a crash before it a sync that is whole.
 */
async function deleteOneSync(context: SyncContext, name: string, dryRun: boolean): Promise<DeletedSyncView> {
  const { database } = context
  const found = await getSync(database, name)
  const decide = async (on: Queryable, locks: boolean): Promise<void> =>
    requireFree({ kind: 'sync', name }, await syncFacts(on, found, { locks }))
  await decide(database, false)
  if (dryRun) return { sync: found, runs: await countRuns(database, found.id), left: [] }
  const gone = await database
    .transaction(async (tx) => {
      await waitForAlerts(tx)
      await lockDoomed(tx, 'sync', name)
      const sync = await getSync(tx, name)
      if (sync.id !== found.id)
        throw conflict('changed_meanwhile', `the sync ${name} was made anew meanwhile`)
      await decide(tx, true)
      const runs = await countRuns(tx, sync.id)
      if (sync.definition.engine === 'warehouse') await rememberTables(tx, sync.id, tablePrefixOf(sync))
      await deleteSync(tx, sync, context.clock())
      return { sync, runs }
    })
    .catch((error: unknown) => {
      throw error instanceof MusterError && error.code === 'locked' ? atWork(name) : error
    })
  context.log.info('a sync is deleted', { sync: name, runs: gone.runs })
  return { ...gone, left: await sweepOne(context, found.id) }
}

function atWork(name: string): Error {
  return conflict('locked', `what a run of the sync ${name} has sent is just being written down`, {
    hint: 'Try again in a moment.',
  })
}
