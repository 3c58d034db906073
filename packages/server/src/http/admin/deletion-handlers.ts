import type { Deletion, DeletionRoutes, SyncDeletion } from '@muster/core/api/deletion-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Deletable } from '@muster/core/sync/deletion.ts'
import type { DeletedSyncView, Deleting } from '../../sync/delete-definition.ts'

/** Binds the admin API of deleting to its one operation. */
export function deletionHandlers(sync: Deleting): Handlers<DeletionRoutes> {
  type Request = { readonly params: { readonly name: string }; readonly query: { readonly dry_run: boolean } }
  const of =
    (kind: Deletable) =>
    async ({ params: { name }, query }: Request): Promise<Deletion> => {
      const gone = await sync.deleteNamed({ kind, name, dryRun: query.dry_run })
      return { kind, name, sync: gone && syncDeletion(gone) }
    }
  return {
    deleteSource: of('source'),
    deleteModel: of('model'),
    deleteDestination: of('destination'),
    deleteNotifier: of('notifier'),
    deleteSync: of('sync'),
  }
}

function syncDeletion({ sync, runs, left }: DeletedSyncView): SyncDeletion {
  const { destination, cohort, mode } = sync.definition
  return {
    runs,
    destination,
    cohort: { cohort_id: sync.cohort_id, name: 'create' in cohort ? cohort.create : null },
    mode,
    accepted: sync.state?.members ?? null,
    left: left.map((one) => ({ ...one })),
  }
}
