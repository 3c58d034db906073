import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, MusterError, messageOf } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import {
  createLedgerTableSql,
  forgetCopiedRunSql,
  type LedgerTable,
  ledgerColumns,
  ledgerTables,
  ledgerZone,
} from '@muster/core/sync/compile/ledger-copy.ts'
import { type CompiledDialect, compiledDialects } from '@muster/core/sync/compile/speech.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { dialectOf, openSource } from './connection.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { inJob, type Job, literal } from './engine/duckdb-job.ts'
import { type LoadFile, writeLoadFile } from './engine/load-file.ts'
import { type PartFile, proveParts } from './engine/part-file.ts'
import { lockUncopiedRun, setCopied, setCopyFailed, type UncopiedRun } from './ledger-copy-store.ts'

const patienceMs = 30 * 60_000
const firstPauseMs = 5_000
const longestPauseMs = 15 * 60_000

/**
 * One turn: copies the oldest run that waits for it into the warehouse. Returns whether there was any. Any number of
 * processes may run it. What fails is written down and tried again, ever more rarely; the run itself has long ended.
 */
export function copyLedger(context: SyncContext, signal: AbortSignal): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const run = await lockUncopiedRun(tx, context.clock())
    if (!run) return false
    try {
      await copyRun(context, run, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))
      await setCopied(tx, run.id, context.clock())
    } catch (error) {
      signal.throwIfAborted()
      const hint = error instanceof MusterError && error.hint !== undefined ? ` (${error.hint})` : ''
      const message = `${messageOf(error)}${hint}`
      const nextAt = context.clock() + pauseAfter(run.copy_attempts)
      await setCopyFailed(tx, { runId: run.id, error: message, nextAt })
      context.log.warn('a ledger is not copied', { run: run.id, sync: run.sync, error: message })
    }
    return true
  })
}

function pauseAfter(attempts: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts, 20))
}

/** Of a sync whose source has no session in which Muster writes. */
export function copyNotPossible(source: string): Error {
  return invalid('copy_not_possible', `the source ${source} cannot hold a copy of the ledger`, {
    hint: 'Leave `ledger.copy` out: Muster writes in PostgreSQL, MySQL, MariaDB, ClickHouse and beside a DuckDB file.',
    details: [{ where: 'ledger.copy', message: 'is not possible with this source' }],
  })
}

async function copyRun(context: SyncContext, run: UncopiedRun, signal: AbortSignal): Promise<void> {
  const named = await dialectOf(context, run.source)
  const dialect = compiledDialects.find((one) => one === named)
  const source = await openSource(context, run.source)
  const directory = syncDirectory(context, run.sync_id)
  const scratch = join(directory, `copy-${run.id}`)
  try {
    if (!source.inWarehouse || !dialect) throw copyNotPossible(run.source)
    await rm(scratch, { recursive: true, force: true })
    await mkdir(scratch, { recursive: true })
    const files = await inJob({ directory: scratch, signal }, (job) =>
      writeRows(job, { run, dialect, directory, scratch }),
    )
    await source.inWarehouse({ signal, directory: scratch }, (session) =>
      load(session, { dialect, runId: runIdOf(run), files }),
    )
  } finally {
    await source.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** A run's own id among all Musters, and all copies of one, that write into a schema. */
function runIdOf({ sync, sync_made, id, started_at }: UncopiedRun): string {
  return createHash('md5')
    .update(JSON.stringify([sync, sync_made, id, started_at]))
    .digest('hex')
}

type CopyFiles = Readonly<Record<LedgerTable, LoadFile>>

/**
 * A run stands in the table of runs once all its changes stand in the other one, also where the database has no
 * transaction; what a broken copy has left is taken out first.
 */
async function load(
  session: WarehouseSession,
  given: { readonly dialect: CompiledDialect; readonly runId: string; readonly files: CopyFiles },
): Promise<void> {
  const { dialect, runId, files } = given
  const order = ['change', 'run'] as const
  const nameOf = (table: LedgerTable): string => session.stays(ledgerTables[table])
  for (const table of order) await session.run(createLedgerTableSql(dialect, table, nameOf(table)))
  for (const table of order.toReversed()) await session.run(forgetCopiedRunSql(nameOf(table), runId))
  for (const table of order) if (files[table].rows > 0) await session.load(nameOf(table), files[table])
  await session.settle()
}

interface Writing {
  readonly run: UncopiedRun
  readonly dialect: CompiledDialect
  readonly directory: string
  readonly scratch: string
}

/** The rows of both tables as files, in the words of the warehouse. */
async function writeRows(job: Job, writing: Writing): Promise<CopyFiles> {
  const { run, directory, dialect } = writing
  const ledger = run.ledger !== null && 'file' in run.ledger ? run.ledger : null
  if (ledger) await proveParts(job, [ledger], { directory, what: 'the ledger of this run' })
  return {
    change: await writeCsv(job, writing, { table: 'change', query: ledger && changesSql(writing, ledger) }),
    run: await writeCsv(job, writing, { table: 'run', query: runSql(run, ledgerZone(dialect)) }),
  }
}

async function writeCsv(
  job: Job,
  { scratch }: Writing,
  { table, query }: { readonly table: LedgerTable; readonly query: string | null },
): Promise<LoadFile> {
  const columns = ledgerColumns[table].map(({ name }) => name)
  if (query === null) return { format: 'csv', columns, paths: [], rows: 0 }
  return writeLoadFile(job, { query, columns, path: join(scratch, `${table}.csv`) })
}

function changesSql({ run, dialect, directory }: Writing, ledger: PartFile): string {
  return `
    select ${literal(runIdOf(run))} as run_id, n, ${literal(run.sync)} as sync, run, operation,
      case when namespace in ('external_id', 'device_id') then namespace else 'alias' end as identifier_kind,
      case when namespace not in ('external_id', 'device_id') then substr(namespace, 7) end as identifier_label,
      value as identifier_value, row_key, batch, status, attempts, answer, request_id,
      strftime(settled_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S.%g') || ${literal(ledgerZone(dialect))} as settled_at
    from read_parquet(${literal(join(directory, ledger.file))})`
}

function runSql(run: UncopiedRun, zone: string): string {
  const { counts, delivery, target } = run
  const time = (at: Instant): string => `${new Date(at).toISOString().slice(0, 23).replace('T', ' ')}${zone}`
  const values: Readonly<Record<string, string | number | null>> = {
    run_id: runIdOf(run),
    sync: run.sync,
    run: run.id,
    kind: run.kind,
    status: run.status,
    destination: target?.destination ?? null,
    cohort_id: target?.cohort_id ?? null,
    started_at: time(run.started_at),
    finished_at: time(run.finished_at),
    rows_read: counts?.rows.read ?? null,
    members: counts?.rows.members ?? null,
    rows_without_identifier: counts?.rows.null ?? null,
    rows_invalid: counts?.rows.invalid ?? null,
    rows_duplicate: counts?.rows.duplicate ?? null,
    added: counts?.added ?? null,
    removed: counts?.removed ?? null,
    unchanged: counts?.unchanged ?? null,
    reasserted: counts?.reasserted ?? null,
    planned: delivery?.planned ?? null,
    accepted: delivery?.accepted ?? null,
    rejected: delivery?.rejected ?? null,
    pending: delivery?.pending ?? null,
    requests: delivery?.requests ?? null,
    message: run.message,
  }
  const items = Object.entries(values).map(
    ([name, value]) => `${typeof value === 'string' ? literal(value) : value} as ${name}`,
  )
  return `select ${items.join(', ')}`
}
