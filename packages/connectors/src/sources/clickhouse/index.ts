import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout, timeoutsOf } from '../deadline.ts'
import { addressFields, Port } from '../warehouse-address.ts'
import { warehouseReader } from '../warehouse-reader.ts'
import { browseClickhouse, checkClickhouse } from './check.ts'
import { extractCsv } from './extract.ts'
import { openClickhouse } from './session.ts'
import { inClickhouseWarehouse } from './warehouse.ts'

const Config = z.strictObject({
  ...addressFields,
  port: Port.default(8443),
  user: z.string().min(1),
  password: z.string().optional(),
  database: z.string().min(1).default('default'),
  statement_timeout: StatementTimeout,
  /** The database in which the engine `warehouse` and copied ledgers have their tables. Nothing else is ever written. */
  engine_schema: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, { error: 'must be a plain name' })
    .default('muster'),
})
export type Config = z.output<typeof Config>

const clickhouse: Source<Config> = {
  name: 'clickhouse',
  title: 'ClickHouse',
  config: Config,
  secrets: ['password'],
  dialect: 'clickhouse',
  open: async (config) => {
    const session = openClickhouse(config, timeoutsOf(config.statement_timeout))
    return {
      ...warehouseReader(session),
      extract: (sql, columns, directory, signal) => extractCsv(session, { sql, columns, directory, signal }),
      check: () => checkClickhouse(config, session),
      browse: (signal) => browseClickhouse(session, signal),
      inWarehouse: (options, work) => inClickhouseWarehouse(config, session, options, work),
      close: () => session.close(),
    }
  },
}

export const source = sealSource(clickhouse)
