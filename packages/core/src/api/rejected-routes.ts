import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { Identifier } from '../sync/identifier.ts'

/** What a sync's destination rejects for itself, in run after run (core/sync/rejected.ts). */

const NameParams = z.object({ name: Slug })

/** What differs and is not sent, since the destination rejects it again and again; `coupled` stay in for their row's sake. */
export const SetAside = z.object({ removed: z.int(), added: z.int(), coupled: z.int() })

export const RejectedRow = z.object({
  operation: z.enum(['add', 'remove']),
  identifier: Identifier,
  row_key: z.string(),
  /** In how many runs in a row it was rejected. */
  tries: z.int(),
  /** The next run leaves it out. */
  set_aside: z.boolean(),
  /** The last answer. */
  reason: z.string(),
  first_run: z.string(),
  last_run: z.string(),
})
export type RejectedRow = z.infer<typeof RejectedRow>

export const rejectedRoutes = {
  listRejected: route({
    method: 'GET',
    path: '/api/syncs/:name/rejected',
    summary:
      'What the destination has rejected and not accepted since, page by page; only what is set aside, or those that find names',
    params: NameParams,
    query: z.object({
      after: z.string().max(10_000).optional(),
      set_aside: z.stringbool().optional(),
      /** A text that the identifier holds, or the key of its row. */
      find: z.string().min(1).max(1_000).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
    }),
    response: z.object({
      rows: z.array(RejectedRow),
      /** Of all, not only of the page. */
      count: z.int(),
      /** After how many rejections in a row a change is set aside; null: never. */
      tries: z.int().nullable(),
      next: z.string().nullable(),
    }),
  }),
  retryRejected: route({
    method: 'POST',
    path: '/api/syncs/:name/retry-rejected',
    summary: 'Forget how often changes were rejected: the next run sends them all; sends nothing itself',
    params: NameParams,
    response: z.object({ name: Slug, forgotten: z.int() }),
  }),
}
export type RejectedRoutes = typeof rejectedRoutes
