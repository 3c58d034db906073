import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { conflict } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { SyncContext } from './context.ts'
import { inJob, type Job, literal } from './engine/duckdb-job.ts'
import { proveParts } from './engine/part-file.ts'
import { sentRows } from './engine/read-changes.ts'
import { changesOf } from './list-changes.ts'
import { ledgersOf, membersSql, settledIso } from './read-ledger.ts'

/** A file that was written for somebody to save; whoever has read it discards it. */
export interface ExportedFile {
  readonly path: string
  discard(): Promise<void>
}

export type ExportFormat = 'csv' | 'parquet'

/** Writing goes in bulk, whatever its size, within this. */
const memoryMb = 256
const deadlineMs = 10 * 60_000

/** The exact changes of a run in the order in which they are sent, with the columns of `muster changes`. */
export async function exportChanges(
  context: SyncContext,
  runId: string,
  format: ExportFormat,
): Promise<ExportedFile> {
  const { directory, changes, counts } = await changesOf(context, runId)
  return exportRows(directory, format, async (job) => {
    await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
    return `from ${sentRows(changes, { removed: counts.removed, directory })} order by n`
  })
}

/** What became of each id that a sync, or one run of it, has sent, with the columns of `muster ledger`. */
export async function exportLedger(
  context: SyncContext,
  name: string,
  { run, format }: { readonly run: number | null; readonly format: ExportFormat },
): Promise<ExportedFile> {
  const { directory, relation } = await requireLedgers(context, name, run)
  const at = format === 'csv' ? settledIso : 'settled_at'
  return exportRows(
    directory,
    format,
    async () => `
      select run, n, operation, namespace, value, row_key, batch, status, attempts, answer, request_id, ${at} as "at"
      from ${relation} order by run, n`,
  )
}

/** Who was in the cohort at a time, with the columns of `muster members`. */
export async function exportMembers(
  context: SyncContext,
  name: string,
  { at, format }: { readonly at: Instant; readonly format: ExportFormat },
): Promise<ExportedFile> {
  const { directory, relation } = await requireLedgers(context, name, null)
  const members = membersSql(relation, String(at / 1_000))
  return exportRows(directory, format, async () => `from (${members}) order by namespace, value`)
}

async function requireLedgers(context: SyncContext, name: string, run: number | null) {
  const ledgers = await ledgersOf(context, { name, run })
  if (ledgers.relation !== null) return { ...ledgers, relation: ledgers.relation }
  throw conflict('no_ledger', 'nothing is known of what was sent', {
    hint: 'A run has its ledger some seconds after its end, until it is forgotten.',
  })
}

/** DuckDB writes the rows of a query into a file beside the sync's own. */
export async function exportRows(
  directory: string,
  format: ExportFormat,
  queryOf: (job: Job) => Promise<string>,
): Promise<ExportedFile> {
  const path = join(directory, `export-${randomUUID()}.${format}`)
  const discard = (): Promise<void> => rm(path, { force: true })
  const options = format === 'csv' ? 'format csv, header' : 'format parquet'
  try {
    await inJob({ directory, signal: AbortSignal.timeout(deadlineMs), memoryMb }, async (job) => {
      await job.run(`copy (${await queryOf(job)}) to ${literal(path)} (${options})`)
    })
  } catch (error) {
    await discard()
    throw error
  }
  return { path, discard }
}
