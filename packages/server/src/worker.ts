import { invalid, messageOf } from '@muster/core/lib/error.ts'
import { shareDataDirectory } from './data-directory.ts'
import { openDatabase } from './db/database.ts'
import { migrate } from './db/migrate.ts'
import { type ServerOptions, syncOptions } from './server.ts'
import { openSync } from './sync/sync.ts'
import { openSyncDatabase } from './sync/sync-database.ts'

export type WorkerOptions = Pick<ServerOptions, 'config' | 'connectors' | 'io' | 'clock' | 'log'> & {
  /** How many runs it works on at once. */
  readonly runsAtOnce: number
}

export interface Worker {
  /** Lets requests in flight end, or lets go of them, and hands its runs to the others at once. */
  close(): Promise<void>
}

/**
 * Works on the runs of a server without listening: any number of workers share them through one PostgreSQL, by leases of
 * seconds, and the files through one data directory. `invalid` where there is no such PostgreSQL.
 */
export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const { config, log } = options
  if (config.databaseUrl === null) {
    throw invalid('no_shared_database', 'a worker needs a PostgreSQL that it shares with the server', {
      hint: 'Set MUSTER_DATABASE_URL, the same for muster serve and for every worker.',
    })
  }
  const directory = await shareDataDirectory(config.dataDirectory, config)
  const owner = openDatabase({ url: config.databaseUrl, connections: 1 })
  await migrate(owner).finally(() => owner.close())
  const database = openSyncDatabase(config.databaseUrl, 8)
  const address = config.publicUrl ?? `http://${config.host}:${config.port}`
  const sync = openSync({
    ...syncOptions(options, directory),
    database,
    runsAtOnce: options.runsAtOnce,
    link: (path) => `${address}${path}`,
  })
  sync.start()
  return {
    close: async () => {
      await sync.close().catch((error: unknown) => log.error('closing failed', { error: messageOf(error) }))
      await database.close()
    },
  }
}
