import type { Exchange } from '@muster/core/api/client.ts'
import type { InboxStore } from '@muster/core/engage/inbox.ts'
import type { Channel } from '@muster/core/engage/message.ts'
import { invalid, messageOf } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Connectors } from '@muster/core/sync/connector.ts'
import type { DestinationIo } from '@muster/core/sync/destination.ts'
import type { Config } from './config.ts'
import { announceServer, type DataDirectory, openDataDirectory, withdrawServer } from './data-directory.ts'
import { type Database, openDatabase } from './db/database.ts'
import { startEmbeddedPostgres } from './db/embedded-postgres.ts'
import { type Half, migrate } from './db/migrate.ts'
import { sql } from './db/sql.ts'
import { type EngageSettings, openEngage } from './engage/engage.ts'
import { createAccess } from './http/access.ts'
import { createApp } from './http/app.ts'
import { openSync } from './sync/sync.ts'
import { openSyncDatabase } from './sync/sync-database.ts'

export interface ServerOptions {
  readonly config: Config
  readonly halves: readonly Half[]
  readonly version: string
  readonly webFolder: string
  readonly connectors: Connectors
  readonly channels: (inbox: InboxStore) => readonly Channel[]
  readonly io: DestinationIo
  readonly clock: () => Instant
  readonly log: Log
  /** How long to wait for another process to let go of the data directory. */
  readonly patienceMs: number
  /** How many runs it works on at once; with 0 it leaves them all to workers. */
  readonly runsAtOnce?: number
}

/** Muster in this process: both halves on their database, with or without a listening socket. */
export interface Server {
  /** Answers a request of the admin API without a socket. */
  readonly exchange: Exchange
  /** Listens and begins the work that goes on by itself; returns the address, `http://127.0.0.1:4400`. */
  listen(): Promise<string>
  /** Lets requests and work under way end, then stops everything that was started. */
  close(): Promise<void>
}

/** Opens what a server needs, in order; when a step fails, what was opened before it is closed again. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const opened: (() => Promise<void>)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) {
      await close().catch((error: unknown) =>
        options.log.error('closing failed', { error: messageOf(error) }),
      )
    }
  }
  try {
    return await assemble(options, opened, closeAll)
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function assemble(
  options: ServerOptions,
  opened: (() => Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<Server> {
  const { config, log, clock, halves } = options
  const directory = await openDataDirectory(config.dataDirectory, {
    secretKey: config.secretKey,
    patienceMs: options.patienceMs,
  })
  opened.push(directory.release)
  const url = await databaseUrl(config, opened)
  await migrateOnce(url)

  const openHalf = (half: Half): Database => {
    const database =
      half === 'sync'
        ? openSyncDatabase(url, 16)
        : openDatabase({ url, role: 'muster_engage', connections: 16 })
    opened.push(database.close)
    return database
  }
  const engageDatabase = halves.includes('engage') ? openHalf('engage') : null
  const syncDatabase = halves.includes('sync') ? openHalf('sync') : null
  const engage =
    engageDatabase &&
    openEngage({
      database: engageDatabase,
      clock,
      log,
      channels: options.channels,
      settings: engageSettings(config),
    })
  if (engage) opened.push(engage.close)
  let address = `http://${hostInUrl(config.host)}:${config.port}`
  const link = (path: string): string => `${config.publicUrl ?? address}${path}`
  const work = options.runsAtOnce === undefined ? {} : { runsAtOnce: options.runsAtOnce }
  const sync =
    syncDatabase && openSync({ ...syncOptions(options, directory), ...work, link, database: syncDatabase })
  if (sync) opened.push(sync.close)

  const app = await createApp({
    engage,
    sync,
    access: createAccess(config.adminToken ?? directory.adminToken, clock),
    webFolder: options.webFolder,
    log,
    isReady: () => answers(engageDatabase ?? syncDatabase),
    status: () => ({
      version: options.version,
      halves: [...halves],
      rest_endpoint: config.publicUrl ?? address,
      instance: directory.instance,
    }),
  })
  opened.push(() => app.close())

  const listen = async (): Promise<string> => {
    await app.listen({ host: config.host, port: config.port }).catch(explainListen(config))
    const bound = app.server.address()
    if (bound !== null && typeof bound !== 'string')
      address = `http://${hostInUrl(config.host)}:${bound.port}`
    await announceServer(directory.path, address)
    opened.push(() => withdrawServer(directory.path))
    engage?.start()
    sync?.start()
    return address
  }
  const exchange: Exchange = async ({ method, url: path, body }) => {
    const answer = await app.inject({
      method: method === 'GET' || method === 'PUT' || method === 'DELETE' ? method : 'POST',
      url: path,
      headers: { host: 'localhost', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { payload: body }),
    })
    return { status: answer.statusCode, body: answer.body }
  }
  return { exchange, listen, close: closeAll }
}

/** What the sync half takes from the configuration. */
export function syncOptions(
  options: Pick<ServerOptions, 'config' | 'connectors' | 'io' | 'clock' | 'log'>,
  directory: DataDirectory,
) {
  const { connectors, io, clock, log, config } = options
  const days = config.ledgerKeptDays
  return {
    connectors,
    io,
    clock,
    log,
    dataDirectory: directory.path,
    secretKey: directory.secretKey,
    memoryMb: config.memoryMb,
    ledgerKeptMs: days === null ? null : days * 86_400_000,
  }
}

function engageSettings({ cohortRequestsPerHour, trackLimit, importsKeptDays }: Config): EngageSettings {
  return { cohortRequestsPerHour, trackLimit, importsKeptMs: importsKeptDays * 86_400_000 }
}

async function databaseUrl(config: Config, opened: (() => Promise<void>)[]): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl
  const postgres = await startEmbeddedPostgres(config.dataDirectory)
  opened.push(postgres.stop)
  return postgres.url
}

async function migrateOnce(url: string): Promise<void> {
  const owner = openDatabase({ url, connections: 1 })
  try {
    await migrate(owner)
  } finally {
    await owner.close()
  }
}

async function answers(database: Database | null): Promise<boolean> {
  if (!database) return false
  return database.rows(sql`select 1`).then(
    () => true,
    () => false,
  )
}

function explainListen(config: Config): (error: unknown) => never {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const where = `${config.host}:${config.port}`
    if (code === 'EADDRINUSE') {
      throw invalid('port_taken', `port ${config.port} is taken by another program`, {
        hint: 'Stop it, or choose another port with --port N (--port 0 takes any free one).',
        cause: error,
      })
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      throw invalid('cannot_listen', `Muster may not listen on ${where}`, {
        hint: 'Choose another with --host and --port.',
        cause: error,
      })
    }
    throw error
  }
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
