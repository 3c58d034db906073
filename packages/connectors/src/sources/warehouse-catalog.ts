import { type Catalog, catalogLimit } from '@muster/core/sync/source.ts'
import { catalogOf } from './catalog.ts'
import { type Deadline, openDeadline } from './deadline.ts'
import type { Warehouse } from './warehouse-reader.ts'
import { withDeadline } from './warehouse-reader.ts'

/** The tables, views and columns that the role sees, from a standard `information_schema` (its name may need a prefix). */
export function browseSchema(
  warehouse: Warehouse,
  informationSchema: string,
  signal: AbortSignal,
): Promise<Catalog> {
  const sql = `select t.table_schema, t.table_name, t.table_type, c.column_name, c.data_type
from (
  select table_schema, table_name, table_type from ${informationSchema}.TABLES
  where lower(table_schema) <> 'information_schema'
  order by table_schema, table_name limit ${catalogLimit + 1}
) t
join ${informationSchema}.COLUMNS c on c.table_schema = t.table_schema and c.table_name = t.table_name
order by t.table_schema, t.table_name, c.ordinal_position`
  return withDeadline(warehouse, openDeadline(warehouse.timeouts.look, signal), async (deadline) =>
    catalogOf(
      (await allRows(warehouse, sql, deadline)).map(([schema, table, kind, column, type]) => ({
        schema: schema ?? null,
        table: table ?? '',
        isView: /view/i.test(kind ?? ''),
        column: column ?? '',
        type: type ?? '',
      })),
    ),
  )
}

/**
 * The first table that the role may change, by `information_schema.table_privileges`; null where there is none. That
 * view shows other people's grants as well: takes the condition by which `grantee` is the role itself.
 */
export async function writableTable(
  warehouse: Warehouse,
  granteeIsMe: string,
  deadline: Deadline,
): Promise<string | null> {
  const writing = [
    'INSERT',
    'UPDATE',
    'DELETE',
    'TRUNCATE',
    'OWNERSHIP',
    'MODIFY',
    'ALL PRIVILEGES',
    'ALL_PRIVILEGES',
  ]
  const sql = `select min(concat(table_schema, concat('.', table_name))) as writable
from information_schema.table_privileges
where privilege_type in (${writing.map((name) => `'${name}'`).join(', ')}) and (${granteeIsMe})`
  return (await allRows(warehouse, sql, deadline))[0]?.[0] ?? null
}

/** Every row of a small result. */
export async function allRows(
  warehouse: Warehouse,
  sql: string,
  deadline: Deadline,
): Promise<(readonly (string | null)[])[]> {
  const found: (readonly (string | null)[])[] = []
  for await (const chunk of warehouse.rows({ sql }, deadline)) found.push(...chunk)
  return found
}
