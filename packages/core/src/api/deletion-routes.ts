import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { deletables } from '../sync/deletion.ts'
import { syncModes } from '../sync/diff.ts'

/** The admin API of deleting what the sync half has by name. Nothing of it sends anything. */

/** What could not be taken away with a sync; it is tried again every minute, tables for an hour. */
const LeftBehind = z.union([
  z.object({
    what: z.literal('tables'),
    /** The source in whose warehouse they stand. */
    source: z.string(),
    /** How the names of the tables begin. */
    prefix: z.string(),
    reason: z.string(),
  }),
  z.object({ what: z.literal('files'), reason: z.string() }),
])
export type LeftBehind = z.infer<typeof LeftBehind>

export const SyncDeletion = z.object({
  /** How many runs go with it. */
  runs: z.int(),
  /** Where it went to: the people whom it put into the cohort stay there. */
  destination: z.string(),
  cohort: z.object({ cohort_id: z.string(), name: z.string().nullable() }),
  mode: z.enum(syncModes),
  /** How many the destination has accepted; null where none ever were, or where that was forgotten. */
  accepted: z.int().nullable(),
  left: z.array(LeftBehind),
})
export type SyncDeletion = z.infer<typeof SyncDeletion>

/** What was deleted, or with dry_run would be. */
export const Deletion = z.object({
  kind: z.enum(deletables),
  name: Slug,
  /** Only of a sync. */
  sync: SyncDeletion.nullable(),
})
export type Deletion = z.infer<typeof Deletion>

const spec = {
  method: 'DELETE',
  params: z.object({ name: Slug }),
  query: z.object({ dry_run: z.stringbool().default(false) }),
  response: Deletion,
} as const

export const deletionRoutes = {
  deleteSource: route({
    ...spec,
    path: '/api/sources/:name',
    summary: 'Delete a source that no model reads; with dry_run only say whether that can be',
  }),
  deleteModel: route({
    ...spec,
    path: '/api/models/:name',
    summary: 'Delete a model that no sync uses; with dry_run only say whether that can be',
  }),
  deleteDestination: route({
    ...spec,
    path: '/api/destinations/:name',
    summary: 'Delete a destination that no sync uses; with dry_run only say whether that can be',
  }),
  deleteNotifier: route({
    ...spec,
    path: '/api/notifiers/:name',
    summary: 'Delete a notifier that no sync tells; with dry_run only say whether that can be',
  }),
  deleteSync: route({
    ...spec,
    path: '/api/syncs/:name',
    summary:
      'Delete a sync with its runs, its state and its files; nothing is sent, and whoever it put into the cohort stays there',
  }),
}
export type DeletionRoutes = typeof deletionRoutes
