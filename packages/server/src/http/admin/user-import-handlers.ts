import type { UserImport, UserImportRoutes } from '@muster/core/api/user-import-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Engage } from '../../engage/engage.ts'
import {
  closeUserImport,
  importUserRows,
  openUserImport,
  previewUserImport,
} from '../../engage/import-users.ts'
import {
  getUserImport,
  listRejects,
  listUserImports,
  type StoredUserImport,
} from '../../engage/user-import-store.ts'

/** Imports of users from CSV. */
export function userImportHandlers({ database, clock }: Engage): Handlers<UserImportRoutes> {
  return {
    previewUserImport: ({ body }) => previewUserImport(body.columns, body.rows),
    createUserImport: async ({ body: { name, columns, existing_only } }) =>
      shown(await openUserImport(database, { name, columns, existingOnly: existing_only, now: clock() })),
    addUserImportRows: async ({ params, body }) =>
      shown(await importUserRows(database, params.id, { ...body, now: clock() })),
    finishUserImport: async ({ params }) =>
      shown(await closeUserImport(database, params.id, { status: 'done', now: clock() })),
    cancelUserImport: async ({ params }) =>
      shown(await closeUserImport(database, params.id, { status: 'cancelled', now: clock() })),
    listUserImports: async ({ query }) => (await listUserImports(database, query.limit)).map(shown),
    getUserImport: async ({ params }) => shown(await getUserImport(database, params.id)),
    listRejectedRows: async ({ params, query }) => {
      await getUserImport(database, params.id)
      const rows = await listRejects(database, params.id, query)
      return rows.map(({ row_number, cells, ...row }) => ({ row: row_number, cells: [...cells], ...row }))
    },
  }
}

function shown({ import_id, columns, started_at, touched_at, ...rest }: StoredUserImport): UserImport {
  return {
    id: import_id,
    ...rest,
    columns: [...columns],
    started_at: toIso(started_at),
    touched_at: toIso(touched_at),
  }
}
