import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export const partnerEndpoints = ['name', 'users', 'list', 'details', 'members'] as const
export type PartnerEndpoint = (typeof partnerEndpoints)[number]

/** A partner's request that is no row of `cohort_import`: refused, a name call, or a change of nothing. */
export interface PartnerRequest {
  readonly requestId: string
  readonly partner: string
  readonly endpoint: PartnerEndpoint
  /** What the body called the cohort, if it was a text. */
  readonly cohortId: string | null
  readonly keyId: string | null
  readonly status: number
  /** Why it was refused. */
  readonly message: string | null
  readonly at: Instant
}

/** Gathers partner requests and writes many at once: a flood of refused ones costs the store one statement a turn. */
export interface PartnerRequestLog {
  add(request: PartnerRequest): void
  /** Writes what was gathered; true when more came meanwhile. */
  flush(): Promise<boolean>
}

/** More than these between two flushes are counted and not kept. */
const kept = 10_000

export function createPartnerRequestLog(database: Queryable, log: Log): PartnerRequestLog {
  let gathered: PartnerRequest[] = []
  let dropped = 0
  return {
    add: (request) => {
      if (gathered.length < kept) gathered.push(request)
      else dropped++
    },
    flush: async () => {
      if (dropped > 0) log.warn('partner requests were not kept: too many at once', { dropped })
      dropped = 0
      if (gathered.length === 0) return false
      const batch = gathered
      gathered = []
      await writeRequests(database, batch)
      return gathered.length > 0
    },
  }
}

async function writeRequests(database: Queryable, batch: readonly PartnerRequest[]): Promise<void> {
  await database.rows(sql`
    insert into engage.partner_request (workspace_id, request_id, partner, endpoint, cohort_id, key_id, status, message, at)
    select ${workspaceId}, n.request_id, n.partner, n.endpoint, n.cohort_id, n.key_id, n.status, n.message,
      to_timestamp(n.at / 1000.0)
    from unnest(${batch.map((r) => r.requestId)}::uuid[], ${batch.map((r) => storable(r.partner))}::text[],
                ${batch.map((r) => r.endpoint)}::text[],
                ${batch.map((r) => (r.cohortId === null ? null : storable(r.cohortId)))}::text[],
                ${batch.map((r) => r.keyId)}::text[], ${batch.map((r) => r.status)}::int[],
                ${batch.map((r) => r.message)}::text[], ${batch.map((r) => r.at)}::float8[])
      as n (request_id, partner, endpoint, cohort_id, key_id, status, message, at)`)
}

/** What nobody has checked yet, in a form that can be kept. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, 1_024).toWellFormed()
}
