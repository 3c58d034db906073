import { join } from 'node:path'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import { type Identifier, type PlainIdentifier, toPlain } from '@muster/core/sync/identifier.ts'
import { type BatchStatus, batchesOfChanges } from './batch-store.ts'
import { openSource } from './connection.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { type BucketLayout, locate } from './engine/bucket-sql.ts'
import type { ChangePart } from './engine/diff-buckets.ts'
import { inJob, type Job, literal } from './engine/duckdb-job.ts'
import { rowsOfParts } from './engine/part-file.ts'
import { stateShape } from './engine/state.ts'
import { getModel, sqlOf } from './model.ts'
import { type ListedRejection, rejectionsFor } from './rejected.ts'
import { type StoredRun, sentRuns } from './run-store.ts'
import { listSyncs, type StoredSync } from './sync-store.ts'

/** How far back the sent history goes, in runs. */
const runsShown = 50

export interface Story {
  readonly sync: string
  readonly model: string
  readonly destination: string
  readonly cohort_id: string
  readonly identifier: Identifier
  readonly accepted: boolean
  readonly row_key: string | null
  readonly row: Readonly<Record<string, string | null>> | null
  readonly rejected: readonly ListedRejection[]
  readonly sent: readonly Sent[]
}

export interface Sent {
  readonly run: string
  readonly batch: number
  readonly operation: ChangeOperation
  readonly status: BatchStatus
  readonly request_id: string | null
  readonly at: number | null
}

/** For each sync that knows one of the identifiers: where it came from, and when it was sent. */
export async function tellStories(
  context: SyncContext,
  identifiers: readonly Identifier[],
): Promise<Story[]> {
  const syncs = await listSyncs(context.database)
  const stories: Story[] = []
  for (const sync of syncs) {
    const runs = await sentRuns(context.database, sync.id, runsShown)
    if (sync.state === null && runs.length === 0) continue
    const directory = syncDirectory(context, sync.id)
    const traced = await inJob(
      { directory, signal: AbortSignal.timeout(60_000), memoryMb: 128 },
      async (job) => {
        const found: Trace[] = []
        for (const identifier of identifiers)
          found.push(await trace(context, { job, sync, runs, identifier, directory }))
        return found
      },
    )
    const known = traced.filter((one) => one.accepted || one.sent.length > 0 || one.rejected.length > 0)
    stories.push(...(await withRows(context, sync, known)))
  }
  return stories
}

interface Trace {
  readonly identifier: Identifier
  readonly accepted: boolean
  readonly rowKey: string | null
  readonly rejected: readonly ListedRejection[]
  readonly sent: readonly Sent[]
}

interface Tracing {
  readonly job: Job
  readonly sync: StoredSync
  readonly runs: readonly StoredRun[]
  readonly identifier: Identifier
  readonly directory: string
}

async function trace(context: SyncContext, tracing: Tracing): Promise<Trace> {
  const { sync, runs, identifier } = tracing
  const plain = toPlain(identifier)
  const bucketIn = await locate(tracing.job, plain)
  const member = await memberInState(tracing, plain, bucketIn)
  const changes = await changesOf(tracing, plain, bucketIn)
  const batches = await batchesOfChanges(context.database, changes)
  const sent = batches.map((batch) => ({
    run: String(batch.run_id),
    batch: batch.number,
    operation: batch.operation,
    status: batch.status,
    request_id: batch.request_id,
    at: batch.at,
  }))
  // Batches of a run that is being applied are not folded into the state yet, and are newer than it.
  const applying = runs.find((run) => run.status === 'applying' && run.state_version === sync.state_version)
  const unfolded = sent.filter((one) => one.run === String(applying?.id) && one.status === 'accepted').at(-1)
  return {
    identifier,
    accepted: unfolded ? unfolded.operation === 'add' : member?.sure === true,
    rowKey:
      changes.find((change) => String(change.runId) === unfolded?.run)?.rowKey ??
      member?.row_key ??
      changes[0]?.rowKey ??
      null,
    rejected: await rejectionsFor(context, sync, identifier),
    sent,
  }
}

async function memberInState(
  { job, sync, directory }: Tracing,
  plain: PlainIdentifier,
  bucketIn: (layout: BucketLayout) => number | null,
): Promise<{ readonly row_key: string; readonly sure: boolean } | null> {
  if (!sync.state) return null
  const bucket = bucketIn(sync.state)
  const files = sync.state.files.filter(({ rows }, of) => rows > 0 && (bucket ?? of) === of)
  const [row] = await job.rows<{ row_key: string; sure: boolean }>(
    `select row_key, sure from ${rowsOfParts(files, directory, stateShape)} where value = $1 and namespace = $2`,
    [plain.value, plain.namespace],
  )
  return row ?? null
}

interface ChangeOf {
  readonly runId: number
  readonly change: number
  readonly rowKey: string
}

/** The changes of the runs that name the identifier, newest run first. Only the files of its bucket are read. */
async function changesOf(
  { job, runs, directory }: Tracing,
  plain: PlainIdentifier,
  bucketIn: (layout: BucketLayout) => number | null,
): Promise<ChangeOf[]> {
  const owners = new Map<string, { readonly runId: number; readonly offset: number }>()
  for (const { id, changes, plan } of runs) {
    if (!changes || !plan) continue
    const bucket = bucketIn(changes)
    const take = (parts: readonly ChangePart[], offset: number): void => {
      for (const part of parts) {
        if ((bucket ?? part.bucket) === part.bucket) {
          owners.set(join(directory, part.file), { runId: id, offset })
        }
      }
    }
    take(changes.removed, 0)
    take(changes.added, plan.counts.removed)
  }
  if (owners.size === 0) return []
  const rows = await job.rows<{ file: string; n: number; row_key: string }>(
    `select filename as file, n, row_key from read_parquet([${[...owners.keys()].map(literal).join(', ')}], filename = true)
     where value = $1 and namespace = $2`,
    [plain.value, plain.namespace],
  )
  return rows
    .flatMap(({ file, n, row_key }) => {
      const owner = owners.get(file)
      return owner ? [{ runId: owner.runId, change: owner.offset + n, rowKey: row_key }] : []
    })
    .sort((a, b) => b.runId - a.runId || a.change - b.change)
}

/** Looks the rows up in the source as they are now; a source that cannot be read gives none. */
async function withRows(context: SyncContext, sync: StoredSync, traces: readonly Trace[]): Promise<Story[]> {
  if (traces.length === 0) return []
  const { definition: model } = await getModel(context.database, sync.definition.model)
  const source = await openSource(context, model.source).catch(() => null)
  const sql = await sqlOf(context, model).catch(() => null)
  const stories: Story[] = []
  for (const { identifier, accepted, rowKey, rejected, sent } of traces) {
    const rows =
      rowKey === null || sql === null || !source
        ? []
        : await source.find(sql, model.key, rowKey).catch(() => [])
    stories.push({
      sync: sync.name,
      model: sync.definition.model,
      destination: sync.definition.destination,
      cohort_id: sync.cohort_id,
      identifier,
      accepted,
      row_key: rowKey,
      row: rows[0] ?? null,
      rejected,
      sent,
    })
  }
  await source?.close()
  return stories
}
