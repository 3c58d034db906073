import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MusterError } from '@muster/core/lib/error.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { inJob, type Job, literal } from './engine/duckdb-job.ts'
import { type PartFile, proveParts, settleDirectory, writePart } from './engine/part-file.ts'
import { sentRows } from './engine/read-changes.ts'
import {
  forgetLedgers,
  giveUpLedger,
  lockUnwrittenRun,
  rememberLedger,
  settledBatches,
  type UnwrittenRun,
} from './ledger-store.ts'

/** The ledger of a run, within its sync's directory. */
const folder = 'ledger'
const runsAtOnce = 100

/**
 * One turn: writes the ledger of the oldest run that has ended without one. Returns whether there was any. Any number of
 * processes may run it. A run whose changes files are damaged stays without a ledger, and the log says so.
 */
export function writeLedger(context: SyncContext): Promise<boolean> {
  return context.database.transaction(async (tx) => {
    const run = await lockUnwrittenRun(tx)
    if (!run) return false
    const batches = await settledBatches(tx, run.id)
    const directory = syncDirectory(context, run.sync_id)
    await mkdir(join(directory, folder), { recursive: true })
    const scratch = join(directory, `${folder}-${run.id}-batches.ndjson`)
    await writeFile(scratch, batches.map((batch) => `${JSON.stringify(batch)}\n`).join(''))
    try {
      const ledger = await inJob(
        { directory, signal: AbortSignal.timeout(30 * 60_000), memoryMb: context.memoryMb },
        (job) => write(job, { run, directory, scratch }),
      )
      await settleDirectory(join(directory, folder))
      await rememberLedger(tx, run.id, ledger)
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== 'files_damaged') throw error
      context.log.error('a run stays without a ledger', { run: run.id, error: error.message })
      await giveUpLedger(tx, run.id)
    } finally {
      await rm(scratch, { force: true })
    }
    return true
  })
}

interface Writing {
  readonly run: UnwrittenRun
  readonly directory: string
  readonly scratch: string
}

/** The batches partition the changes, so that each change is of the last batch that begins at or before it. */
async function write(job: Job, { run, directory, scratch }: Writing): Promise<PartFile> {
  const { removed, added } = run.changes
  await proveParts(job, [...removed, ...added], { directory, what: 'the record of this run' })
  const query = `
    select ${run.id}::bigint as run, change.n, change.operation, change.namespace, change.value, change.row_key,
      batch.number as batch, batch.status, batch.attempts, batch.answer, batch.request_id, batch.settled_at
    from ${sentRows(run.changes, { removed: run.removed, directory })} as change
    asof join read_json(${literal(scratch)}, format = 'newline_delimited', columns = {
      number: 'integer', change_from: 'bigint', status: 'varchar', attempts: 'integer', answer: 'varchar',
      request_id: 'varchar', settled_at: 'timestamptz'
    }) as batch on change.n >= batch.change_from`
  return writePart(job, { directory, file: `${folder}/run-${run.id}.parquet`, query })
}

/** One turn: forgets what runs that ended before `keptMs` ago have sent. Returns whether there may be more. */
export async function forgetOldLedgers(context: SyncContext, keptMs: number): Promise<boolean> {
  const gone = await forgetLedgers(context.database, context.clock() - keptMs, runsAtOnce)
  for (const { id, sync_id } of gone) {
    const directory = syncDirectory(context, sync_id)
    await rm(join(directory, folder, `run-${id}.parquet`), { force: true })
    await rm(join(directory, `run-${id}`), { recursive: true, force: true })
  }
  return gone.length === runsAtOnce
}
