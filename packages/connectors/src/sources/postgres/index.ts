import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { timeoutsOf } from '../deadline.ts'
import { browsePostgres, checkPostgres } from './check.ts'
import { Config } from './config.ts'
import { postgresFlavour, postgresReader } from './read.ts'
import { inPostgresWarehouse } from './warehouse.ts'

/** PostgreSQL 12 and later, and what speaks its protocol and its catalogue. */
const postgres: Source<Config> = {
  name: 'postgres',
  title: 'PostgreSQL',
  config: Config,
  secrets: ['password'],
  dialect: 'postgres',
  open: async (config) => {
    const timeouts = timeoutsOf(config.statement_timeout)
    return {
      ...postgresReader(config, timeouts, postgresFlavour),
      check: () => checkPostgres(config, timeouts, config.engine_schema),
      browse: (signal) => browsePostgres(config, timeouts, signal),
      inWarehouse: ({ signal }, work) => inPostgresWarehouse(config, { timeouts, signal }, work),
      close: async () => {},
    }
  },
}

export const source = sealSource(postgres)
