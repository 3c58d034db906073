import { type Catalog, type CatalogTable, type Column, catalogLimit } from '@muster/core/sync/source.ts'

/** A column of a table or view, as catalogues list them. */
export interface CatalogRow {
  readonly schema: string | null
  readonly table: string
  readonly isView: boolean
  readonly column: string
  readonly type: string
}

/** Takes rows sorted by schema, table and position, of at most `catalogLimit` + 1 tables. */
export function catalogOf(rows: Iterable<CatalogRow>): Catalog {
  const tables: (CatalogTable & { readonly columns: Column[] })[] = []
  for (const { schema, table, isView, column, type } of rows) {
    const last = tables.at(-1)
    const shown = { name: column, type }
    if (last && last.schema === schema && last.name === table) last.columns.push(shown)
    else tables.push({ schema, name: table, kind: isView ? 'view' : 'table', columns: [shown] })
  }
  return { tables: tables.slice(0, catalogLimit), complete: tables.length <= catalogLimit }
}
