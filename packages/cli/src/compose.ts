import { join } from 'node:path'
import { inboxChannel } from '@muster/connectors/channels/inbox/index.ts'
import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { connectors } from '@muster/connectors/registry.ts'
import type { Config } from '@muster/server/config.ts'
import type { Half } from '@muster/server/db/migrate.ts'
import { createLog } from '@muster/server/log.ts'
import { openServer, type Server } from '@muster/server/server.ts'
import { openWorker, type Worker } from '@muster/server/worker.ts'
import { version } from './version.ts'

/** The composition root: the only place that knows every part. */

const webFolder = join(import.meta.dirname, '../../web/dist')

export interface ComposeOptions {
  readonly config: Config
  readonly halves?: readonly Half[]
  /** How long to wait for another process to let go of the data directory. */
  readonly patienceMs?: number
  /** How many runs it works on at once; with 0 it leaves them all to workers. */
  readonly runsAtOnce?: number
}

/** Puts a server together from its real parts. It does not listen yet. */
export function composeServer({
  config,
  halves = ['sync', 'engage'],
  patienceMs = 0,
  runsAtOnce,
}: ComposeOptions): Promise<Server> {
  return openServer({
    config,
    halves,
    version,
    webFolder,
    connectors,
    channels: (inbox) => [inboxChannel(inbox)],
    io: createDestinationIo(),
    clock: Date.now,
    log: createLog(config.logLevel),
    patienceMs,
    ...(runsAtOnce === undefined ? {} : { runsAtOnce }),
  })
}

/** Puts a worker together: the runs of the server on that database and data directory are its own too. */
export function composeWorker(config: Config, runsAtOnce: number): Promise<Worker> {
  const log = createLog(config.logLevel)
  return openWorker({ config, connectors, io: createDestinationIo(), clock: Date.now, log, runsAtOnce })
}

export interface Muster {
  readonly address: string
  close(): Promise<void>
}

/** Puts a server together and lets it listen; ready when it resolves. */
export async function startMuster(options: ComposeOptions): Promise<Muster> {
  const server = await composeServer(options)
  try {
    return { address: await server.listen(), close: server.close }
  } catch (error) {
    await server.close()
    throw error
  }
}
