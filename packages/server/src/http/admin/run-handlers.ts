import type { RunRoutes } from '@muster/core/api/run-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Sync } from '../../sync/sync.ts'

/** Ending a run, and pausing a sync. */
export function runHandlers(
  sync: Pick<Sync, 'hold' | 'cancel' | 'pause' | 'forget' | 'changes'>,
): Handlers<RunRoutes> {
  const pause = async (name: string, paused: boolean) => {
    const { paused_at } = await sync.pause(name, paused)
    return { name, paused: paused_at !== null }
  }
  return {
    listChanges: async ({ params, query }) => {
      const { changes, next } = await sync.changes(params.id, query)
      return { changes: changes.map(({ rowKey, ...change }) => ({ ...change, row_key: rowKey })), next }
    },
    holdRun: async ({ params }) => {
      const { id, status } = await sync.hold(params.id)
      return { id: String(id), status }
    },
    cancelRun: async ({ params }) => {
      const { id, status } = await sync.cancel(params.id)
      return { id: String(id), status }
    },
    forgetSync: async ({ params }) => {
      await sync.forget(params.name)
      return { name: params.name }
    },
    pauseSync: ({ params }) => pause(params.name, true),
    resumeSync: ({ params }) => pause(params.name, false),
  }
}
