import { adviceOf } from '@muster/core/lib/error.ts'
import { type Catalog, catalogLimit, type SourceCheck } from '@muster/core/sync/source.ts'
import { catalogOf } from '../catalog.ts'
import type { Timeouts } from '../deadline.ts'
import { tlsWarnings } from '../host.ts'
import type { ReadConfig as Config } from './config.ts'
import { inSession, type Session } from './session.ts'

/** Connects, and looks at what the role may do beside reading, and beside writing the schema that is ours. */
export async function checkPostgres(config: Config, timeouts: Timeouts, ours = ''): Promise<SourceCheck> {
  try {
    return await inSession(config, { timeoutMs: timeouts.look }, async (session) => {
      const [[version, role, database, superuser] = []] = (
        await session.rows(
          `select version(), current_user::text, current_database()::text, current_setting('is_superuser')`,
        )
      ).rows
      const writes = superuser === 'on' ? 'everything: it is a superuser' : await writableThing(session, ours)
      const warning = `the role ${role} can write ${writes}; Muster reads in read-only transactions, but give it a role with SELECT alone`
      return {
        ok: true,
        message: `${String(version).split(' ').slice(0, 2).join(' ')}, database ${database}, as ${role}`,
        warnings: [...tlsWarnings(config), ...(writes === null ? [] : [warning])],
      }
    })
  } catch (error) {
    return { ok: false, message: adviceOf(error), warnings: tlsWarnings(config) }
  }
}

/** The first table that the role may change, or where it may make one; null where there is none. */
async function writableThing(session: Session, ours: string): Promise<string | null> {
  const [[table, others] = []] = (
    await session.rows(
      `
      select min(n.nspname || '.' || c.relname), (count(*) - 1)::text
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%' and n.nspname <> $1
        and has_schema_privilege(n.oid, 'USAGE')
        and (has_table_privilege(c.oid, 'INSERT') or has_table_privilege(c.oid, 'UPDATE')
          or has_table_privilege(c.oid, 'DELETE'))`,
      [ours],
    )
  ).rows
  if (typeof table === 'string') return others === '0' ? table : `${table} and ${others} more`
  const [[schema] = []] = (
    await session.rows(
      `
      select min(nspname::text) from pg_namespace
      where nspname <> 'information_schema' and nspname not like 'pg\\_%' and nspname <> $1
        and has_schema_privilege(oid, 'CREATE')`,
      [ours],
    )
  ).rows
  return typeof schema === 'string' ? `new tables in the schema ${schema}` : null
}

/** The tables and views that the role may read. */
export async function browsePostgres(
  config: Config,
  timeouts: Timeouts,
  signal: AbortSignal,
): Promise<Catalog> {
  return inSession(config, { timeoutMs: timeouts.look, signal }, async (session) => {
    const { rows } = await session.rows(`
      select t.schema, t.name, t.kind, a.attname::text, format_type(a.atttypid, a.atttypmod)
      from (
        select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
          and has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
        order by 2, 3 limit ${catalogLimit + 1}
      ) t
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      order by t.schema, t.name, a.attnum`)
    return catalogOf(
      rows.map(([schema, table, kind, column, type]) => ({
        schema: String(schema),
        table: String(table),
        isView: kind === 'v' || kind === 'm',
        column: String(column),
        type: String(type),
      })),
    )
  })
}
