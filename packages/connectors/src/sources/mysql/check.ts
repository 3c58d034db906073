import { adviceOf } from '@muster/core/lib/error.ts'
import { type Catalog, catalogLimit, type SourceCheck } from '@muster/core/sync/source.ts'
import { catalogOf } from '../catalog.ts'
import type { Timeouts } from '../deadline.ts'
import { tlsWarnings } from '../host.ts'
import type { Config } from './config.ts'
import { inSession, type Session } from './session.ts'

/** Connects, and looks at what the account may do beside reading. */
export async function checkMysql(config: Config, timeouts: Timeouts): Promise<SourceCheck> {
  try {
    return await inSession(config, { timeoutMs: timeouts.look }, async (session) => {
      const [[version, user] = []] = (await session.rows('select version(), current_user()')).rows
      const writes = await writableThing(session)
      const warning = `the account ${user} can write ${writes}; Muster reads in read-only transactions, but give it an account with SELECT alone`
      return {
        ok: true,
        message: `${/mariadb/i.test(String(version)) ? 'MariaDB' : 'MySQL'} ${version}, database ${config.database}, as ${user}`,
        warnings: [...tlsWarnings(config), ...(writes === null ? [] : [warning])],
      }
    })
  } catch (error) {
    return { ok: false, message: adviceOf(error), warnings: tlsWarnings(config) }
  }
}

const writing = /\b(ALL PRIVILEGES|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|SUPER|FILE)\b/i

/** The first grant that is more than reading; null where there is none. A grant may hold a digest: it is cut off. */
async function writableThing({ rows }: Session): Promise<string | null> {
  const grants = (await rows('show grants')).rows.map(([grant]) => String(grant))
  for (const grant of grants) {
    const [, privileges, target] = /^GRANT (.+?) ON (\S+) TO /i.exec(grant) ?? []
    const found = writing.exec(privileges ?? '')?.[1]
    if (found) return `${target?.replaceAll('`', '')} (${found.toUpperCase()})`
  }
  return null
}

/** The tables and views that the account may see. */
export async function browseMysql(config: Config, timeouts: Timeouts, signal: AbortSignal): Promise<Catalog> {
  return inSession(config, { timeoutMs: timeouts.look, signal }, async (session) => {
    const { rows } = await session.rows(`
      select t.table_schema, t.table_name, t.table_type, c.column_name, c.column_type
      from (
        select table_schema, table_name, table_type from information_schema.tables
        where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys')
        order by table_schema, table_name limit ${catalogLimit + 1}
      ) t
      join information_schema.columns c on c.table_schema = t.table_schema and c.table_name = t.table_name
      order by t.table_schema, t.table_name, c.ordinal_position`)
    return catalogOf(
      rows.map(([schema, table, kind, column, type]) => ({
        schema: String(schema),
        table: String(table),
        isView: /view/i.test(String(kind)),
        column: String(column),
        type: String(type),
      })),
    )
  })
}
