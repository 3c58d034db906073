import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { openDeadline, StatementTimeout, timeoutsOf } from '../deadline.ts'
import { tlsWarnings } from '../host.ts'
import { addressFields, Port } from '../warehouse-address.ts'
import { allRows, browseSchema, writableTable } from '../warehouse-catalog.ts'
import { failedCheck, warehouseReader, withDeadline } from '../warehouse-reader.ts'
import { openTrino } from './session.ts'

const Config = z
  .strictObject({
    ...addressFields,
    port: Port.default(443),
    user: z.string().min(1),
    password: z.string().min(1).optional(),
    /** A JSON web token, where the cluster takes that and no password. */
    token: z.string().min(1).optional(),
    catalog: z.string().min(1),
    schema: z.string().min(1).optional(),
    statement_timeout: StatementTimeout,
  })
  .refine(({ password, token }) => password === undefined || token === undefined, {
    error: 'give `password` or `token`, not both',
  })
export type Config = z.output<typeof Config>

const trino: Source<Config> = {
  name: 'trino',
  title: 'Trino',
  config: Config,
  secrets: ['password', 'token'],
  dialect: 'trino',
  open: async (config) => {
    const warehouse = openTrino(config, timeoutsOf(config.statement_timeout))
    return {
      ...warehouseReader(warehouse),
      check: async () => {
        try {
          return await withDeadline(warehouse, openDeadline(warehouse.timeouts.look), async (deadline) => {
            const [[user] = []] = await allRows(warehouse, 'select cast(current_user as varchar)', deadline)
            const table = await writableTable(warehouse, 'grantee = current_user', deadline)
            const writes = `${user} can write ${table}; Muster sends SELECT alone, but give it a user with SELECT alone`
            return {
              ok: true,
              message: `Trino, catalog ${config.catalog}, as ${user}`,
              warnings: [...tlsWarnings(config), ...(table === null ? [] : [writes])],
            }
          })
        } catch (error) {
          return failedCheck(error, tlsWarnings(config))
        }
      },
      browse: (signal) => browseSchema(warehouse, 'information_schema', signal),
      close: async () => {},
    }
  },
}

export const source = sealSource(trino)
