import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { StatementTimeout, timeoutsOf } from '../deadline.ts'
import { addressFields, Port } from '../warehouse-address.ts'
import { warehouseReader } from '../warehouse-reader.ts'
import { browseClickhouse, checkClickhouse } from './check.ts'
import { extractCsv } from './extract.ts'
import { openClickhouse } from './session.ts'

const Config = z.strictObject({
  ...addressFields,
  port: Port.default(8443),
  user: z.string().min(1),
  password: z.string().optional(),
  database: z.string().min(1).default('default'),
  statement_timeout: StatementTimeout,
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
      close: () => session.close(),
    }
  },
}

export const source = sealSource(clickhouse)
