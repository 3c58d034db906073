import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Connectors } from '@muster/core/sync/connector.ts'
import { type DbtRunResults, parseDbtResults } from '@muster/core/sync/dbt-results.ts'
import type { DestinationIo } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import type { DeliverySums } from '@muster/core/sync/report.ts'
import type { RunKind } from '@muster/core/sync/run-kind.ts'
import type { Database } from '../db/database.ts'
import { type Loop, startLoop } from '../jobs/loop.ts'
import type { BatchPart, StoredBatch } from './batch-store.ts'
import {
  browseSource,
  checkDestination,
  checkSource,
  type DefinitionChange,
  putConnection,
  showConnections,
} from './connection.ts'
import type { SyncContext } from './context.ts'
import { copyLedger } from './copy-ledger.ts'
import { lastJobs, type StoredJob } from './dbt-job-store.ts'
import { finishDbtJob, type ToldSync } from './dbt-jobs.ts'
import { putSync } from './define-sync.ts'
import { type Deleting, deleting } from './delete-definition.ts'
import { type Drafts, openDrafts } from './draft-plan.ts'
import { defaultMemoryMb } from './engine/duckdb-job.ts'
import {
  type ExportedFile,
  type ExportFormat,
  exportChanges,
  exportLedger,
  exportMembers,
} from './export-files.ts'
import { type SyncFigures, syncFigures } from './figures.ts'
import { type CopyStanding, copyStandings } from './ledger-copy-store.ts'
import { listChanges } from './list-changes.ts'
import { listModels, previewDefinition, previewModel, putModel, type StoredModel } from './model.ts'
import { type Notifying, notifying, startNotifying } from './notifying.ts'
import { membersAt, readLedger } from './read-ledger.ts'
import { exportRejected, listRejected, retryRejected } from './rejected.ts'
import { lastRuns, type StoredRun } from './run-store.ts'
import { openRunner } from './runner.ts'
import { runs, viewOf } from './runs.ts'
import { turnSchedule } from './schedule.ts'
import { createSecretBox } from './secret-box.ts'
import { type Story, tellStories } from './story.ts'
import { sweepDeleted } from './sweep-deleted.ts'
import { getSync, listSyncs, type StoredSync, setPaused } from './sync-store.ts'
import { type DbtWatch, openDbtWatch } from './watch-dbt.ts'
import { forgetOldLedgers, writeLedger } from './write-ledger.ts'

export interface SyncOptions {
  /** Under the role muster_sync. */
  readonly database: Database
  /** Parquet files go to `sync/` within it. */
  readonly dataDirectory: string
  readonly connectors: Connectors
  /** 32 bytes, for AES-256-GCM. */
  readonly secretKey: Buffer
  readonly io: DestinationIo
  /** The address of a page of the web app, for people outside of it. */
  readonly link: (path: string) => string
  readonly clock: () => Instant
  readonly log: Log
  /** How long a run sends before it leaves the rest to the next one; 15 minutes when absent. */
  readonly runDeadlineMs?: number
  /** A request to a destination is cut off after this; 30 seconds when absent. */
  readonly requestDeadlineMs?: number
  /** How many runs this process works on at once; 2 when absent, none with 0: others work on them. */
  readonly runsAtOnce?: number
  /** What the engine may hold in memory for one run, in MB; 192 when absent. */
  readonly memoryMb?: number
  /** How long it is kept what was sent to whom; for ever when absent. */
  readonly ledgerKeptMs?: number | null
}

export interface Put {
  readonly name: string
  readonly body: unknown
  readonly dryRun: boolean
}

/** A run with what became of its changes so far. */
export interface RunView extends StoredRun {
  readonly sums: DeliverySums
}

export interface Beginning {
  readonly kind?: Exclude<RunKind, 'undo'>
  /** The caller's own: the same key gives the same run for a day, and begins no other. */
  readonly key?: string | undefined
  /** So many changes of each operation are tried first, in place of what the sync says. */
  readonly canaryFirst?: number | undefined
}

export interface HowToApply {
  readonly release: boolean
  /** The same of a plan of which nothing was sent. */
  readonly canaryFirst?: number | undefined
}

export interface SyncView extends StoredSync {
  readonly lastRun: RunView | null
  /** Of one that waits for dbt jobs. */
  readonly dbt: DbtStanding | null
  /** Of one whose ledger is copied into its warehouse. */
  readonly copy: CopyStanding | null
}

/** What a sync that waits for dbt jobs last heard. */
export interface DbtStanding {
  readonly job: StoredJob | null
  /** What is wrong with the artefact where it is expected. */
  readonly problem: string | null
}

type Shown = Awaited<ReturnType<typeof showConnections>>
type Check = Awaited<ReturnType<typeof checkDestination>>

/** The sync half: what the handlers of its admin API call. */
export interface Sync extends Notifying, Deleting, Omit<Drafts, 'stopDrafts'> {
  sources(): Promise<Shown>
  putSource(put: Put): Promise<DefinitionChange>
  checkSource(name: string): ReturnType<typeof checkSource>
  browseSource(name: string): ReturnType<typeof browseSource>
  models(): Promise<StoredModel[]>
  putModel(put: Put): Promise<DefinitionChange>
  previewModel(name: string): ReturnType<typeof previewModel>
  previewDefinition(body: Readonly<Record<string, unknown>>): ReturnType<typeof previewDefinition>
  destinations(): Promise<Shown>
  putDestination(put: Put): Promise<DefinitionChange>
  checkDestination(name: string): Promise<Check>
  syncs(): Promise<SyncView[]>
  sync(name: string): Promise<SyncView>
  putSync(put: Put): Promise<DefinitionChange>
  /**
   * Begins a run and returns at once. With `applies` it goes on to send, unless a guard holds it. While another run of the
   * sync is under way, or this process has no room, it is queued; the next trigger joins it.
   */
  begin(name: string, applies: boolean, how?: Beginning): Promise<RunView>
  /** Begins to plan the taking back of a run; with `applies` it lays the sync to rest and goes on to send. */
  undo(runId: string, applies: boolean): Promise<RunView>
  /** Forgets what the destination has accepted, and sends nothing: the next run is a first one. */
  forget(name: string): Promise<void>
  /** Begins to apply a planned run, or with `release` a held one, and returns at once. */
  apply(runId: string, how: HowToApply): Promise<RunView>
  /** Lets a plan wait until it is applied with release. */
  hold(runId: string): Promise<RunView>
  /** Asks to end a run: one that sends lets its requests in flight end, and leaves the rest pending. */
  cancel(runId: string): Promise<RunView>
  /** Lays a sync to rest or takes it up again; a run under way goes on. A time that passes meanwhile counts once. */
  pause(name: string, paused: boolean): Promise<SyncView>
  /** Tells the syncs that wait for dbt jobs of one that has ended; the same one again begins nothing. */
  dbtFinished(results: DbtRunResults): Promise<ToldSync[]>
  runs(filter: { readonly sync?: string | undefined; readonly limit: number }): Promise<RunView[]>
  /** The run; with `waitMs` once it is settled, or after that time. */
  run(runId: string, waitMs: number): Promise<RunView>
  changes(runId: string, page: Parameters<typeof listChanges>[2]): ReturnType<typeof listChanges>
  requests(runId: string, limit: number, part?: BatchPart): Promise<StoredBatch[]>
  stories(identifiers: readonly Identifier[]): Promise<Story[]>
  ledger(name: string, page: Parameters<typeof readLedger>[2]): ReturnType<typeof readLedger>
  membersAt(name: string, page: Parameters<typeof membersAt>[2]): ReturnType<typeof membersAt>
  /** What the destination has rejected and not accepted since. */
  rejected(name: string, page: Parameters<typeof listRejected>[2]): ReturnType<typeof listRejected>
  /** Lets the next run send all of it; returns how many there were. */
  retryRejected(name: string): Promise<number>
  /** Files for people to save: the changes of a run, what became of each id, who was in the cohort at a time. */
  exportChanges(runId: string, format: ExportFormat): Promise<ExportedFile>
  exportLedger(name: string, of: Parameters<typeof exportLedger>[2]): Promise<ExportedFile>
  exportMembers(name: string, of: Parameters<typeof exportMembers>[2]): Promise<ExportedFile>
  exportRejected(name: string, format: ExportFormat): Promise<ExportedFile>
  /** Writes the ledgers of runs that have ended and forgets the old ones, as the server does by itself. */
  writeLedgers(): Promise<void>
  /** Copies ledgers into the warehouses whose time has come, as the server does by itself. */
  copyLedgers(): Promise<void>
  /** Takes away what is left of deleted syncs, as the server does by itself. */
  sweep(): Promise<void>
  /** What is measured of every sync. */
  figures(): Promise<SyncFigures[]>
  /** Begins the work that goes on by itself: interrupted runs and due schedules. */
  start(): void
  /** Lets requests in flight end, or lets go of them, and hands unfinished runs to the next start. */
  close(): Promise<void>
}

const turnEveryMs = 1_000
const ledgerEveryMs = 2_000
const sweepEveryMs = 60_000
const defaultRunDeadlineMs = 15 * 60_000
const defaultRequestDeadlineMs = 30_000
const defaultRunsAtOnce = 2

export function openSync(options: SyncOptions): Sync {
  const { database, connectors, io, link, clock, log } = options
  const directory = join(options.dataDirectory, 'sync')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const secrets = createSecretBox(options.secretKey)
  const { memoryMb = defaultMemoryMb } = options
  const context: SyncContext = { database, directory, connectors, io, link, clock, log, secrets, memoryMb }
  const runner = openRunner(context, {
    runDeadlineMs: options.runDeadlineMs ?? defaultRunDeadlineMs,
    requestDeadlineMs: options.requestDeadlineMs ?? defaultRequestDeadlineMs,
    runsAtOnce: options.runsAtOnce ?? defaultRunsAtOnce,
  })
  const { stopDrafts, ...drafting } = openDrafts(context)
  const dbt = openDbtWatch(context)
  let loop: Loop | null = null
  let notices: { stop(): Promise<void> } | null = null
  let ledgers: Loop | null = null
  let copies: Loop | null = null
  let sweeping: Loop | null = null
  const { ledgerKeptMs = null } = options
  const writeLedgers = async (): Promise<void> => {
    let more = true
    while (more) more = await writeLedger(context)
    more = ledgerKeptMs !== null
    while (more) more = ledgerKeptMs !== null && (await forgetOldLedgers(context, ledgerKeptMs))
  }
  return {
    ...definitions(context, dbt),
    ...runs(context, runner),
    ...notifying(context),
    ...deleting(context),
    ...drafting,
    changes: (runId, page) => listChanges(context, runId, page),
    dbtFinished: async (results) => {
      const told = await finishDbtJob(context, parseDbtResults(results))
      for (const { job } of told) if (job?.run_id) await runner.takeOf(job.sync_id)
      return told
    },
    stories: (identifiers) => tellStories(context, identifiers),
    figures: () => syncFigures(context.database),
    ledger: (name, page) => readLedger(context, name, page),
    membersAt: (name, page) => membersAt(context, name, page),
    rejected: (name, page) => listRejected(context, name, page),
    retryRejected: (name) => retryRejected(context, name),
    exportChanges: (runId, format) => exportChanges(context, runId, format),
    exportLedger: (name, of) => exportLedger(context, name, of),
    exportMembers: (name, of) => exportMembers(context, name, of),
    exportRejected: (name, format) => exportRejected(context, name, format),
    writeLedgers,
    copyLedgers: async () => {
      while (await copyLedger(context, new AbortController().signal));
    },
    sweep: () => sweepDeleted(context, new AbortController().signal),
    start: () => {
      notices ??= startNotifying(context)
      ledgers ??= startLoop({
        name: 'writing ledgers',
        everyMs: ledgerEveryMs,
        turn: () => writeLedgers().then(() => false),
        log,
      })
      copies ??= startLoop({
        name: 'copying ledgers',
        everyMs: ledgerEveryMs,
        turn: (signal) => copyLedger(context, signal),
        log,
      })
      sweeping ??= startLoop({
        name: 'sweeping deleted syncs',
        everyMs: sweepEveryMs,
        turn: (signal) => sweepDeleted(context, signal).then(() => false),
        log,
      })
      loop ??= startLoop({
        name: 'sync schedule',
        everyMs: turnEveryMs,
        turn: async () => {
          await turnSchedule(context, runner, dbt)
          return false
        },
        log,
      })
    },
    close: async () => {
      await loop?.stop()
      await ledgers?.stop()
      await copies?.stop()
      await sweeping?.stop()
      await notices?.stop()
      await stopDrafts()
      await runner.close()
    },
  }
}

type Definitions = Pick<
  Sync,
  | 'sources'
  | 'putSource'
  | 'checkSource'
  | 'browseSource'
  | 'models'
  | 'putModel'
  | 'previewModel'
  | 'previewDefinition'
  | 'destinations'
  | 'putDestination'
  | 'checkDestination'
  | 'syncs'
  | 'sync'
  | 'putSync'
  | 'pause'
>

function definitions(context: SyncContext, dbt: DbtWatch): Definitions {
  const { database } = context
  const withLastRuns = async (syncs: readonly StoredSync[]): Promise<SyncView[]> => {
    const ids = syncs.map((sync) => sync.id)
    const last = await lastRuns(database, ids)
    const copies = new Map((await copyStandings(database, ids)).map((one) => [one.sync_id, one]))
    const jobs = new Map((await lastJobs(database, ids)).map((job) => [job.sync_id, job]))
    const views = new Map<number, RunView>()
    for (const run of last) views.set(run.sync_id, await viewOf(context, run))
    const standing = ({ id, definition: { schedule } }: StoredSync): DbtStanding | null => {
      if (schedule === 'manual' || !('dbt' in schedule)) return null
      const { run_results: path } = schedule.dbt
      return { job: jobs.get(id) ?? null, problem: path === undefined ? null : dbt.problemAt(path) }
    }
    return syncs.map((sync) => ({
      ...sync,
      lastRun: views.get(sync.id) ?? null,
      dbt: standing(sync),
      copy: copies.get(sync.id) ?? null,
    }))
  }
  const one = async (name: string): Promise<SyncView> => {
    const sync = await getSync(database, name)
    return (await withLastRuns([sync]))[0] ?? { ...sync, lastRun: null, dbt: null, copy: null }
  }
  return {
    sources: () => showConnections(context, 'source'),
    putSource: (put) => putConnection(context, 'source', put),
    checkSource: (name) => checkSource(context, name),
    browseSource: (name) => browseSource(context, name),
    models: () => listModels(database),
    putModel: (put) => putModel(context, put),
    previewModel: (name) => previewModel(context, name),
    previewDefinition: (body) => previewDefinition(context, body),
    destinations: () => showConnections(context, 'destination'),
    putDestination: (put) => putConnection(context, 'destination', put),
    checkDestination: (name) => checkDestination(context, name),
    syncs: async () => withLastRuns(await listSyncs(database)),
    sync: one,
    putSync: (put) => putSync(context, put),
    pause: async (name, paused) => {
      const { id } = await getSync(database, name)
      await setPaused(database, id, paused ? context.clock() : null)
      return one(name)
    },
  }
}
