import { messageOf } from '@muster/core/lib/error.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source, SourceCheck } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { openDeadline, StatementTimeout, timeoutsOf } from '../deadline.ts'
import { Host } from '../host.ts'
import { Port } from '../warehouse-address.ts'
import { allRows, browseSchema, writableTable } from '../warehouse-catalog.ts'
import { failedCheck, type Warehouse, warehouseReader, withDeadline } from '../warehouse-reader.ts'
import { openDatabricks } from './session.ts'

const Config = z.strictObject({
  /** The workspace, such as `adb-1234567890123456.7.azuredatabricks.net`. */
  host: Host,
  port: Port.default(443),
  /** The HTTP path of the SQL warehouse or cluster. */
  http_path: z.string().startsWith('/'),
  /** A personal access token, or one of a service principal. */
  token: z.string().min(1),
  catalog: z.string().min(1),
  schema: z.string().min(1).optional(),
  /** The certificate of the authority, as PEM text, where it is not one that Node knows. */
  ca: z.string().optional(),
  statement_timeout: StatementTimeout,
})
export type Config = z.output<typeof Config>

const databricks: Source<Config> = {
  name: 'databricks',
  title: 'Databricks',
  config: Config,
  secrets: ['token'],
  dialect: 'databricks',
  open: async (config) => {
    const warehouse = openDatabricks(config, timeoutsOf(config.statement_timeout))
    return {
      ...warehouseReader(warehouse),
      check: () => check(config, warehouse).catch((error: unknown) => failedCheck(error, [])),
      browse: (signal) => browseSchema(warehouse, 'information_schema', signal),
      close: () => warehouse.close(),
    }
  },
}

export const source = sealSource(databricks)

/** A catalogue outside Unity Catalog has no `information_schema`: then its grants cannot be judged. */
function check(config: Config, warehouse: Warehouse): Promise<SourceCheck> {
  const mine = 'grantee = current_user() or is_account_group_member(grantee)'
  return withDeadline(warehouse, openDeadline(warehouse.timeouts.look), async (deadline) => {
    const [[user] = []] = await allRows(warehouse, 'select current_user() as me', deadline)
    const found = await withDeadline(warehouse, deadline, () =>
      writableTable(warehouse, mine, deadline),
    ).then(
      (table) =>
        table === null
          ? []
          : [
              `${user} can write ${table}; Muster sends SELECT alone, but give it a principal with USE and SELECT alone`,
            ],
      (error: unknown) => [
        `what ${user} can write is not known, for the grants cannot be read: ${messageOf(error)}`,
      ],
    )
    return { ok: true, message: `Databricks, catalog ${config.catalog}, as ${user}`, warnings: found }
  })
}
