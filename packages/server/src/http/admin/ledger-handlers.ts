import type { LedgerRoutes } from '@muster/core/api/ledger-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
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
