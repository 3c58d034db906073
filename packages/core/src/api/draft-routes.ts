import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { SetAside } from './rejected-routes.ts'

/** Plans of definitions that are not deployed: what a change of project files would send. */

const Definition = z.record(z.string(), z.unknown())

export const DraftPlan = z.object({
  sync: Slug,
  verdict: z.enum(['apply', 'empty', 'held']),
  breaches: z.array(z.object({ guard: z.string(), message: z.string() })),
  added: z.int(),
  removed: z.int(),
  unchanged: z.int(),
  reasserted: z.int(),
  set_aside: SetAside,
  rows: z.object({
    read: z.int(),
    members: z.int(),
    null: z.int(),
    invalid: z.int(),
    duplicate: z.int(),
  }),
  requests: z.int(),
})
export type DraftPlan = z.infer<typeof DraftPlan>

export const Draft = z.object({
  id: z.string(),
  status: z.enum(['planning', 'planned', 'failed']),
  plan: DraftPlan.nullable(),
  /** Why it failed, and what to do. */
  error: z.object({ message: z.string(), hint: z.string().nullable() }).nullable(),
})
export type Draft = z.infer<typeof Draft>

export const draftRoutes = {
  beginDraft: route({
    method: 'POST',
    path: '/api/drafts',
    summary:
      'Plan a sync as it is given, against what its destination has accepted; stores and sends nothing',
    body: z.object({
      name: Slug,
      definition: Definition,
      /** In place of the stored model of that name. */
      model: Definition.optional(),
    }),
    response: Draft,
  }),
  getDraft: route({
    method: 'GET',
    path: '/api/drafts/:id',
    summary: 'A draft; with wait, answers when it is planned or after that many seconds',
    params: z.object({ id: z.uuid() }),
    query: z.object({ wait: z.coerce.number().min(0).max(30).default(0) }),
    response: Draft,
  }),
}
export type DraftRoutes = typeof draftRoutes
