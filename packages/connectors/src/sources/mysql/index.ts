import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { timeoutsOf } from '../deadline.ts'
import { browseMysql, checkMysql } from './check.ts'
import { Config } from './config.ts'
import { mysqlReader } from './read.ts'
import { inMysqlWarehouse } from './warehouse.ts'

/** MySQL 8 and MariaDB 10.5 or later, by the driver mysql2. */
const mysql: Source<Config> = {
  name: 'mysql',
  title: 'MySQL or MariaDB',
  config: Config,
  secrets: ['password'],
  dialect: 'mysql',
  open: async (config) => {
    const timeouts = timeoutsOf(config.statement_timeout)
    return {
      ...mysqlReader(config, timeouts),
      check: () => checkMysql(config, timeouts),
      browse: (signal) => browseMysql(config, timeouts, signal),
      inWarehouse: ({ signal }, work) => inMysqlWarehouse(config, { timeouts, signal }, work),
      close: async () => {},
    }
  },
}

export const source = sealSource(mysql)
