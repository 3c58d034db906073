import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { openDeadline, StatementTimeout, timeoutsOf } from '../deadline.ts'
import { Host, tlsWarnings } from '../host.ts'
import { Port } from '../warehouse-address.ts'
import { allRows, browseSchema, writableTable } from '../warehouse-catalog.ts'
import { failedCheck, warehouseReader, withDeadline } from '../warehouse-reader.ts'
import { openSnowflake } from './session.ts'

const Config = z
  .strictObject({
    /** `myorg-myaccount`. */
    account: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'must be an account such as myorg-myaccount' }),
    /** Absent: the account's own host; a private endpoint has another. */
    host: Host.optional(),
    port: Port.default(443),
    tls: z.enum(['disable', 'verify-full']).optional(),
    user: z.string().min(1),
    password: z.string().min(1).optional(),
    /** The private key of a key pair, as PEM text (PKCS #8). */
    private_key: z.string().includes('PRIVATE KEY').optional(),
    private_key_passphrase: z.string().min(1).optional(),
    role: z.string().min(1).optional(),
    warehouse: z.string().min(1),
    database: z.string().min(1),
    schema: z.string().min(1).optional(),
    statement_timeout: StatementTimeout,
  })
  .refine((config) => (config.password === undefined) !== (config.private_key === undefined), {
    error: 'give `private_key` or `password`, one of them',
  })
export type Config = z.output<typeof Config>

const snowflake: Source<Config> = {
  name: 'snowflake',
  title: 'Snowflake',
  config: Config,
  secrets: ['password', 'private_key', 'private_key_passphrase'],
  dialect: 'snowflake',
  open: async (config) => {
    const warehouse = openSnowflake(config, timeoutsOf(config.statement_timeout))
    const way = tlsWarnings({ host: config.host ?? 'snowflakecomputing.com', tls: config.tls })
    return {
      ...warehouseReader(warehouse),
      check: async () => {
        try {
          return await withDeadline(warehouse, openDeadline(warehouse.timeouts.look), async (deadline) => {
            const [[role] = []] = await allRows(warehouse, 'select current_role()', deadline)
            const table = await writableTable(warehouse, 'is_role_in_session(grantee)', deadline)
            const writes = `the role ${role} can write ${table}; Snowflake has no read-only session, so give Muster a role with USAGE and SELECT alone`
            return {
              ok: true,
              message: `Snowflake ${config.account}, database ${config.database}, as ${role}`,
              warnings: [...way, ...(table === null ? [] : [writes])],
            }
          })
        } catch (error) {
          return failedCheck(error, way)
        }
      },
      browse: (signal) => browseSchema(warehouse, 'information_schema', signal),
      close: () => warehouse.close(),
    }
  },
}

export const source = sealSource(snowflake)
