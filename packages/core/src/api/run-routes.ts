import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { Identifier } from '../sync/identifier.ts'

/** What may be done with a run that is under way, and with a sync as a whole. */

export const PlannedChange = z.object({
  /** Its number in the plan: removals come first. */
  n: z.int(),
  operation: z.enum(['add', 'remove']),
  identifier: Identifier,
  row_key: z.string(),
})
export type PlannedChange = z.infer<typeof PlannedChange>

export const runRoutes = {
  listChanges: route({
    method: 'GET',
    path: '/api/runs/:id/changes',
    summary:
      'The exact changes of a run, sent or not, page by page; of one operation, or those that find names',
    params: z.object({ id: z.string().min(1) }),
    query: z.object({
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
      operation: z.enum(['add', 'remove']).optional(),
      /** A text that the identifier holds, or the key of its row. */
      find: z.string().min(1).max(1_000).optional(),
    }),
    response: z.object({ changes: z.array(PlannedChange), next: z.int().nullable() }),
  }),
  holdRun: route({
    method: 'POST',
    path: '/api/runs/:id/hold',
    summary: 'Let a plan wait until it is released',
    params: z.object({ id: z.string().min(1) }),
    response: z.object({ id: z.string(), status: z.string() }),
  }),
  cancelRun: route({
    method: 'POST',
    path: '/api/runs/:id/cancel',
    summary: 'End a run: requests in flight end, what was not accepted stays pending',
    params: z.object({ id: z.string().min(1) }),
    response: z.object({ id: z.string(), status: z.string() }),
  }),
  forgetSync: route({
    method: 'POST',
    path: '/api/syncs/:name/forget',
    summary: 'Forget what the destination has accepted, and send nothing: the next run is a first one',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug }),
  }),
  pauseSync: route({
    method: 'POST',
    path: '/api/syncs/:name/pause',
    summary: 'Lay a sync to rest: nothing begins a run of it',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug, paused: z.boolean() }),
  }),
  resumeSync: route({
    method: 'POST',
    path: '/api/syncs/:name/resume',
    summary: 'Take a paused sync up again',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug, paused: z.boolean() }),
  }),
}
export type RunRoutes = typeof runRoutes
