import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@muster/core/lib/error.ts'
import { openSource } from './connection.ts'
import { findConnection } from './connection-store.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import {
  type DeletedSync,
  deletedSyncs,
  forgetDeleted,
  forgetTables,
  type WarehouseTables,
} from './deletion-store.ts'
import { dropTables } from './engine/warehouse-state.ts'

/** What could not be taken away. */
export type LeftBehind =
  | { readonly what: 'files'; readonly reason: string }
  | ({ readonly what: 'tables'; readonly reason: string } & WarehouseTables)

const warehousePatienceMs = 20_000
/**
 * Whoever was still at work in the folder of a deleted sync, such as the plan of a draft, has ended by then; so long an
 * unreachable warehouse is asked again.
 */
const rememberedMs = 3_600_000

/**
 * One turn: takes away what is left of the syncs that were deleted within the last hour, and then forgets them. The row that says so
 * is of the transaction that deleted the sync, so that a crash right after it leaves no file for ever. Any number of
 * processes may run it.
 */
export async function sweepDeleted(context: SyncContext, signal: AbortSignal): Promise<void> {
  for (const gone of await deletedSyncs(context.database, null)) {
    signal.throwIfAborted()
    const left = await takeAway(context, gone, signal)
    if (gone.deleted_at > context.clock() - rememberedMs) continue
    for (const one of left)
      context.log.warn('something is left of a deleted sync', { sync: gone.name, ...one })
    if (left.some(({ what }) => what === 'files')) continue
    await forgetDeleted(context.database, gone.id)
  }
}

/** Takes away what is left of a sync that was deleted just now; what cannot be is the answer, not an error. */
export async function sweepOne(context: SyncContext, id: number): Promise<LeftBehind[]> {
  const [gone] = await deletedSyncs(context.database, id)
  return gone ? takeAway(context, gone, new AbortController().signal) : []
}

async function takeAway(context: SyncContext, gone: DeletedSync, signal: AbortSignal): Promise<LeftBehind[]> {
  const left: LeftBehind[] = []
  await rm(syncDirectory(context, gone.id), { recursive: true, force: true }).catch((error: unknown) =>
    left.push({ what: 'files', reason: messageOf(error) }),
  )
  for (const tables of gone.tables) {
    try {
      await drop(context, tables, signal)
      await forgetTables(context.database, gone.id, tables)
    } catch (error) {
      left.push({ what: 'tables', ...tables, reason: messageOf(error) })
    }
  }
  return left
}

/** Drops the tables in the warehouse of a source. */
async function drop(
  context: SyncContext,
  { source: name, prefix }: WarehouseTables,
  stop: AbortSignal,
): Promise<void> {
  if ((await findConnection(context.database, 'source', name)) === null)
    throw new Error(`there is no source ${name} any more`)
  const source = await openSource(context, name)
  const scratch = await mkdtemp(join(context.directory, 'drop-'))
  const signal = AbortSignal.any([stop, AbortSignal.timeout(warehousePatienceMs)])
  try {
    if (!source.inWarehouse) throw new Error(`the source ${name} is another kind of database by now`)
    await source.inWarehouse({ signal, directory: scratch }, async (session) => {
      await dropTables(session, await session.tables(prefix))
      await session.settle()
    })
  } finally {
    await source.close()
    await rm(scratch, { recursive: true, force: true })
  }
}
