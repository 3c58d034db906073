import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketBitsFor } from '@muster/core/sync/bucket.ts'
import { columnOf } from '@muster/core/sync/identifier.ts'
import { type Plan, planSync } from '@muster/core/sync/plan.ts'
import { reportPlan } from '@muster/core/sync/report.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { insertBatches } from './batch-store.ts'
import { loadDestination, openSource } from './connection.ts'
import { getConnection } from './connection-store.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { type Changes, diffBuckets } from './engine/diff-buckets.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import { readChanges } from './engine/read-changes.ts'
import { splitRows } from './engine/split-rows.ts'
import { getModel, requireColumns, type StoredModel, sqlOf } from './model.ts'
import { recordPlan, requireLease, type StoredPlan, type StoredRun } from './run-store.ts'
import { getSyncById, type StoredSync } from './sync-store.ts'

const samplesShown = 5

/** The folder, within the sync's directory, of a run's changes. They are kept as long as the run is. */
function runFolder(runId: number): string {
  return `run-${runId}`
}

/**
 * Reads the model, compares it with what the destination has accepted, judges and stores the plan. Sends nothing.
 * A read that fails throws and leaves neither file nor changed state. Returns whether the run goes on to be applied.
 */
export async function planRun(
  context: SyncContext,
  run: StoredRun,
  job: { readonly owner: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const sync = await getSyncById(context.database, run.sync_id)
  const model = await getModel(context.database, sync.definition.model)
  const directory = syncDirectory(context, sync.id)
  const folder = runFolder(run.id)
  const scratch = join(directory, `${folder}-read`)
  try {
    await clear(join(directory, folder))
    await clear(scratch)
    const rows = await readModel(context, { sync, model, scratch, signal: job.signal })
    const planned = await inJob({ directory: scratch, signal: job.signal }, async (engine) =>
      compare(engine, { context, sync, model, rows, directory, scratch, folder }),
    )
    return await store(context, { run, sync, owner: job.owner, ...planned })
  } catch (error) {
    await rm(join(directory, folder), { recursive: true, force: true })
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Read {
  readonly sync: StoredSync
  readonly model: StoredModel
  readonly scratch: string
  readonly signal: AbortSignal
}

/** All rows of the model, only the columns that matter. A column that has gone is named before anything is read. */
async function readModel(context: SyncContext, { sync, model, scratch, signal }: Read): Promise<RowFiles> {
  const { key } = model.definition
  const sql = await sqlOf(context, model.definition)
  const source = await openSource(context, model.definition.source)
  try {
    const wanted = [
      { where: 'key', column: key },
      ...sync.definition.identifiers.map((one, index) => ({
        where: `identifiers.${index}`,
        column: columnOf(one).name,
      })),
    ]
    requireColumns(wanted, await source.describe(sql), `model ${model.name}`)
    const columns = [...new Set(wanted.map(({ column }) => column))]
    const directory = join(scratch, 'rows')
    await mkdir(directory)
    return await source.extract(sql, columns, directory, signal)
  } finally {
    await source.close()
  }
}

interface Comparison {
  readonly context: SyncContext
  readonly sync: StoredSync
  readonly model: StoredModel
  readonly rows: RowFiles
  readonly directory: string
  readonly scratch: string
  readonly folder: string
}

interface Planned {
  readonly plan: Plan
  readonly changes: Changes
  readonly samples: StoredPlan['samples']
}

async function compare(job: Job, with_: Comparison): Promise<Planned> {
  const { context, sync, model, rows, directory, scratch, folder } = with_
  const split = await splitRows(job, rows, {
    model: { key: model.definition.key, identifiers: sync.definition.identifiers },
    bits: bucketBitsFor(rows.rows, sync.state?.bits ?? 0),
    directory: join(scratch, 'split'),
  })
  await rm(join(scratch, 'rows'), { recursive: true, force: true })
  const { counts, changes } = await diffBuckets({ job, split, state: sync.state, directory, folder })
  const { type } = await getConnection(context.database, 'destination', sync.definition.destination)
  const { limits } = await loadDestination(context, type)
  const sample = async (operation: 'add' | 'remove') =>
    (await readChanges(job, changes, { operation, from: 0, to: samplesShown, directory })).map(
      ({ identifier, rowKey }) => ({ identifier, rowKey }),
    )
  return {
    plan: planSync(counts, sync.definition.guards, limits.idsPerRequest),
    changes,
    samples: { added: await sample('add'), removed: await sample('remove') },
  }
}

/** The plan, its batches and the older plans' end are one transaction. */
async function store(
  context: SyncContext,
  made: Planned & { readonly run: StoredRun; readonly sync: StoredSync; readonly owner: string },
): Promise<boolean> {
  const { run, sync, owner, plan, changes, samples } = made
  const goesOn = run.applies && plan.verdict !== 'held'
  const superseded = await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    await insertBatches(tx, run.id, plan.batches)
    return recordPlan(tx, {
      id: run.id,
      syncId: sync.id,
      status: plan.verdict === 'held' ? 'held' : goesOn ? 'applying' : 'planned',
      plan: {
        verdict: plan.verdict,
        breaches: plan.breaches,
        counts: plan.counts,
        requests: plan.batches.length,
        samples,
      },
      changes,
      target: { destination: sync.definition.destination, cohort_id: sync.cohort_id },
      stateVersion: sync.state_version,
      report: goesOn ? { message: `sending ${plan.batches.length} requests`, hint: null } : reportPlan(plan),
    })
  })
  for (const id of superseded) {
    await rm(join(syncDirectory(context, sync.id), runFolder(id)), { recursive: true, force: true })
  }
  return goesOn
}

async function clear(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
}
