import type { LedgerCopy, LedgerRoutes } from '@muster/core/api/ledger-routes.ts'
import type { RejectedRoutes, RejectedRow } from '@muster/core/api/rejected-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { CopyStanding } from '../../sync/ledger-copy-store.ts'
import type { ListedRejection } from '../../sync/rejected.ts'
import type { Sync } from '../../sync/sync.ts'

/** What a sync has sent, id by id. */
export function ledgerHandlers(sync: Pick<Sync, 'ledger' | 'membersAt'>): Handlers<LedgerRoutes> {
  return {
    readLedger: async ({ params, query }) => {
      const { rows, next } = await sync.ledger(params.name, {
        run: query.run ?? null,
        after: query.after ?? null,
        limit: query.limit,
        status: query.status,
        find: query.find,
      })
      return { rows: rows.map((row) => ({ ...row, run: String(row.run) })), next }
    },
    listMembersAt: async ({ params, query }) => {
      const { count, members, next } = await sync.membersAt(params.name, {
        at: Date.parse(query.at),
        after: query.after ?? null,
        limit: query.limit,
      })
      return { count, members: [...members], next }
    },
  }
}

/** What the destination rejects, id by id. */
export function rejectedHandlers(sync: Pick<Sync, 'rejected' | 'retryRejected'>): Handlers<RejectedRoutes> {
  return {
    listRejected: async ({ params, query }) => {
      const { rows, ...page } = await sync.rejected(params.name, {
        after: query.after ?? null,
        limit: query.limit,
        find: query.find,
        setAside: query.set_aside,
      })
      return { ...page, rows: rows.map(rejectedRow) }
    },
    retryRejected: async ({ params }) => ({
      name: params.name,
      forgotten: await sync.retryRejected(params.name),
    }),
  }
}

/** A rejection as the API has it. */
export function rejectedRow({ rowKey, firstRun, lastRun, setAside, ...one }: ListedRejection): RejectedRow {
  return {
    ...one,
    row_key: rowKey,
    set_aside: setAside,
    first_run: String(firstRun),
    last_run: String(lastRun),
  }
}

/** How far a ledger is copied, as the API has it. */
export function ledgerCopy({ copied, waiting, error, next_at }: CopyStanding): LedgerCopy {
  return { copied, waiting, error, next_at: next_at === null ? null : toIso(next_at) }
}
