import { type Catalog, catalogLimit, type SourceCheck } from '@muster/core/sync/source.ts'
import { catalogOf } from '../catalog.ts'
import { openDeadline } from '../deadline.ts'
import { tlsWarnings } from '../host.ts'
import { allRows } from '../warehouse-catalog.ts'
import { failedCheck, withDeadline } from '../warehouse-reader.ts'
import type { Config } from './index.ts'
import type { Session } from './session.ts'

/** Connects, and looks at what is granted to the user beside reading. */
export async function checkClickhouse(config: Config, session: Session): Promise<SourceCheck> {
  try {
    return await withDeadline(session, openDeadline(session.timeouts.look), async (deadline) => {
      const [[version, user] = []] = await allRows(session, 'select version(), currentUser()', deadline)
      const grants = await allRows(session, 'show grants', deadline)
      const writing = grants.find(([grant]) =>
        /\b(INSERT|ALTER|CREATE (TABLE|DATABASE|VIEW)|DROP|TRUNCATE|ALL)\b.* ON /.test(grant ?? ''),
      )
      const place = / ON (\S+) TO /.exec(writing?.[0] ?? '')?.[1] ?? 'tables'
      const warning = `the user ${user} can write ${place}; Muster reads with \`readonly\` set, but give it a user with SELECT alone`
      return {
        ok: true,
        message: `ClickHouse ${version}, database ${config.database}, as ${user}`,
        warnings: [...tlsWarnings(config), ...(writing ? [warning] : [])],
      }
    })
  } catch (error) {
    return failedCheck(error, tlsWarnings(config))
  }
}

/** The tables and views that the user sees. */
export function browseClickhouse(session: Session, signal: AbortSignal): Promise<Catalog> {
  const sql = `select t.database, t.name, t.engine, c.name, c.type
from (
  select database, name, engine from system.tables
  where lower(database) not in ('system', 'information_schema') and not is_temporary
  order by database, name limit ${catalogLimit + 1}
) as t
join system.columns as c on c.database = t.database and c.table = t.name
order by t.database, t.name, c.position`
  return withDeadline(session, openDeadline(session.timeouts.look, signal), async (deadline) =>
    catalogOf(
      (await allRows(session, sql, deadline)).map(([schema, table, engine, column, type]) => ({
        schema: schema ?? null,
        table: table ?? '',
        isView: /View$/.test(engine ?? ''),
        column: column ?? '',
        type: type ?? '',
      })),
    ),
  )
}
