import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reportPlan } from '@muster/core/sync/report.ts'
import { insertBatches } from './batch-store.ts'
import { computePlan, type Planned } from './compute-plan.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { getModel } from './model.ts'
import { recordPlan, requireLease, type StoredRun } from './run-store.ts'
import { getSyncById, type StoredSync } from './sync-store.ts'

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
    const planned = await computePlan(context, {
      sync,
      model,
      directory,
      folder,
      scratch,
      signal: job.signal,
    })
    return await store(context, { run, sync, owner: job.owner, ...planned })
  } catch (error) {
    await rm(join(directory, folder), { recursive: true, force: true })
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
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
