import type { SourceRoutes } from '@muster/core/api/source-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Sync } from '../../sync/sync.ts'

/** What people look at before they write a model: tables and rows. */
export function sourceHandlers(sync: Sync): Handlers<SourceRoutes> {
  return {
    listSourceTables: async ({ params }) => {
      const { tables, complete } = await sync.browseSource(params.name)
      return { complete, tables: tables.map((table) => ({ ...table, columns: [...table.columns] })) }
    },
    previewDefinition: ({ body }) => sync.previewDefinition(body),
  }
}
