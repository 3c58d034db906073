import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { Identifier } from '../sync/identifier.ts'

/** What a sync has sent, id by id, and who was in its cohort at a time. */

const NameParams = z.object({ name: Slug })
const PageSize = z.coerce.number().int().min(1).max(10_000).default(1_000)

export const LedgerRow = z.object({
  run: z.string(),
  /** Its number among the changes of the run. */
  n: z.int(),
  operation: z.enum(['add', 'remove']),
  identifier: Identifier,
  row_key: z.string(),
  batch: z.int(),
  status: z.enum(['accepted', 'rejected', 'pending']),
  attempts: z.int(),
  answer: z.string().nullable(),
  /** The destination's `X-Request-Id`. */
  request_id: z.string().nullable(),
  at: IsoInstant.nullable(),
})
export type LedgerRow = z.infer<typeof LedgerRow>

export const SentMember = z.object({ identifier: Identifier, row_key: z.string() })
export type SentMember = z.infer<typeof SentMember>

/** How far a sync's ledger is copied into the warehouse. */
export const LedgerCopy = z.object({
  /** In runs. */
  copied: z.int(),
  waiting: z.int(),
  /** Why the last attempt failed, and when the next one is. */
  error: z.string().nullable(),
  next_at: IsoInstant.nullable(),
})
export type LedgerCopy = z.infer<typeof LedgerCopy>

export const ledgerRoutes = {
  readLedger: route({
    method: 'GET',
    path: '/api/syncs/:name/ledger',
    summary:
      'What became of each id that a sync has sent, by run, page by page; of one status, or those that find names',
    params: NameParams,
    query: z.object({
      run: z.coerce.number().int().min(1).optional(),
      after: z.string().max(100).optional(),
      status: z.enum(['accepted', 'rejected', 'pending']).optional(),
      /** A text that the identifier holds, or the key of its row. */
      find: z.string().min(1).max(1_000).optional(),
      limit: PageSize,
    }),
    response: z.object({ rows: z.array(LedgerRow), next: z.string().nullable() }),
  }),
  listMembersAt: route({
    method: 'GET',
    path: '/api/syncs/:name/members-at',
    summary: 'Who was in the cohort at a time, by what the destination had accepted, page by page',
    params: NameParams,
    query: z.object({ at: IsoInstant, after: z.string().max(10_000).optional(), limit: PageSize }),
    response: z.object({ count: z.int(), members: z.array(SentMember), next: z.string().nullable() }),
  }),
}
export type LedgerRoutes = typeof ledgerRoutes
