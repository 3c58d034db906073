import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type CohortServer, startCohortServer } from '@muster/connectors/conformance/cohort-server.ts'
import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { connectors } from '@muster/connectors/registry.ts'
import { messageOf } from '@muster/core/lib/error.ts'
import { silentLog } from '@muster/core/lib/log.ts'
import { openTestDatabase, type TestDatabase } from '@muster/server/db/testing.ts'
import { openSync, type RunView, type Sync, type SyncOptions } from '@muster/server/sync/sync.ts'

export interface Customer {
  readonly id: number
  readonly external_id: string | null
  readonly crm: string | null
  readonly device: string | null
}

/** The sync half alone: a DuckDB warehouse, a cohort server on a socket, and a database of its own. */
export interface SyncHarness {
  readonly remote: CohortServer
  readonly database: TestDatabase
  readonly directory: string
  readonly secretKey: Buffer
  sync: Sync
  /** As a server that starts on the same data directory and database does. */
  open(more?: Partial<SyncOptions>): Sync
  /** Replaces the warehouse's customers. */
  customers(rows: readonly Customer[]): Promise<void>
  /** Replaces them by what a query gives. */
  warehouse(query: string): Promise<void>
  members(): string[]
  /** Runs, or only plans, and waits until the run is settled. */
  go(how?: 'run' | 'plan'): Promise<RunView>
  apply(run: RunView, release?: boolean): Promise<RunView>
  close(): Promise<void>
}

export const definitions = {
  model: { source: 'shop', sql: 'select id, external_id, crm, device from customers', key: 'id' },
  sync: {
    model: 'people',
    destination: 'braze',
    identifiers: [
      { external_id: 'external_id' },
      { alias: { label: 'crm', name: 'crm' } },
      { device_id: 'device' },
    ],
    cohort: { create: 'People' },
  },
} as const

export async function startSyncHarness(options: Partial<SyncOptions> = {}): Promise<SyncHarness> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-sync-'))
  const database = await openTestDatabase('sync')
  const remote = await startCohortServer()
  const secretKey = randomBytes(32)
  const warehousePath = join(directory, 'shop.duckdb')
  const open = (more: Partial<SyncOptions> = {}): Sync =>
    openSync({
      database: database.half,
      dataDirectory: directory,
      connectors,
      secretKey,
      io: createDestinationIo(),
      link: (path) => `https://muster.example${path}`,
      clock: Date.now,
      log: silentLog,
      requestDeadlineMs: 2_000,
      ...options,
      ...more,
    })
  const settled = async (run: RunView): Promise<RunView> => harness.sync.run(String(run.id), 60_000)
  const harness: SyncHarness = {
    remote,
    database,
    directory,
    secretKey,
    sync: open(),
    open,
    customers: (rows) => {
      const text = (value: string | null): string =>
        value === null ? 'null' : `'${value.replaceAll("'", "''")}'`
      const values = rows.map((r) => `(${r.id}, ${text(r.external_id)}, ${text(r.crm)}, ${text(r.device)})`)
      const list = values.length > 0 ? values.join(', ') : '(0, null, null, null)'
      const where = values.length > 0 ? '' : ' where false'
      return writeWarehouse(
        warehousePath,
        `select * from (values ${list}) as customer (id, external_id, crm, device)${where}`,
      )
    },
    warehouse: (query) => writeWarehouse(warehousePath, query),
    members: () => [...([...remote.cohorts.values()][0]?.members ?? [])].sort(),
    go: async (how = 'run') => settled(await harness.sync.begin('people', how === 'run')),
    apply: async (run, release = false) => settled(await harness.sync.apply(String(run.id), { release })),
    close: async () => {
      await harness.sync.close()
      await remote.close()
      await database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  await harness.customers([])
  await define(harness)
  return harness
}

/** The destination of the harness, or one that differs from it. */
export function brazeCohorts({ url, keys }: SyncHarness['remote'], different: object = {}) {
  const { partnerApiKey: partner_api_key, dataImportKey: data_import_key } = keys
  return {
    type: 'braze-cohorts',
    config: { rest_endpoint: url, partner_api_key, data_import_key, ...different },
  }
}

/** How a source of the type postgres reaches a database. */
export function postgresConfig(url: string) {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  return { host, port: Number(port), user, password, database: pathname.slice(1) }
}

async function define({ sync, remote, directory }: SyncHarness): Promise<void> {
  const put = (name: string, body: unknown) => ({ name, body, dryRun: false })
  await sync.putSource(put('shop', { type: 'duckdb', config: { path: join(directory, 'shop.duckdb') } }))
  await sync.putModel(put('people', definitions.model))
  await sync.putDestination(put('braze', brazeCohorts(remote)))
  await sync.putSync(put('people', definitions.sync))
}

async function writeWarehouse(path: string, query: string): Promise<void> {
  const instance = await openWarehouse(path)
  try {
    const connection = await instance.connect()
    await connection.run(`create or replace table customers as ${query}`)
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
}

/** A process that has lost its run may still be reading the file, and holds its lock. */
async function openWarehouse(path: string): Promise<DuckDBInstance> {
  for (const until = performance.now() + 20_000; ; ) {
    try {
      return await DuckDBInstance.create(path)
    } catch (error) {
      if (!/lock/.test(messageOf(error)) || performance.now() > until) throw error
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}
