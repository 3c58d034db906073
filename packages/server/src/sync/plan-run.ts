import { mkdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { conflict } from '@muster/core/lib/error.ts'
import { type Canary, canaryOf } from '@muster/core/sync/canary.ts'
import { runsRemembered } from '@muster/core/sync/guard.ts'
import { type Report, reportPlan } from '@muster/core/sync/report.ts'
import { triesFirst } from '@muster/core/sync/run-kind.ts'
import { insertBatches } from './batch-store.ts'
import { computePlan, type PlanInput, type Planned } from './compute-plan.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { rememberTables } from './deletion-store.ts'
import { tablePrefixOf } from './engine/warehouse-state.ts'
import { getModel } from './model.ts'
import { planReconcile } from './plan-reconcile.ts'
import { planUndo } from './plan-undo.ts'
import { resetState } from './reset-state.ts'
import { getRun, membersOfRuns, recordPlan, requireLease, type StoredRun } from './run-store.ts'
import { rejectionsOf } from './set-aside.ts'
import { getSyncById, type StoredSync } from './sync-store.ts'

/**
 * The folder, within the sync's directory, of a run's changes: one of each process that has planned it, so that one that
 * was taken over and wakes up writes over nobody's files. They are kept as long as the run is.
 */
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
  const directory = syncDirectory(context, sync.id)
  const folder = join(runFolder(run.id), job.owner)
  const scratch = join(directory, `${runFolder(run.id)}-${job.owner}-read`)
  try {
    await clear(join(directory, folder))
    await clear(scratch)
    if (sync.definition.engine === 'warehouse') {
      await rememberTables(context.database, sync.id, tablePrefixOf(sync))
    }
    const where = { directory, folder, scratch, signal: job.signal }
    const planned = await planOf(context, { run, sync, ...where })
    // Before the plan stands: whoever waits for it finds nothing half tidied.
    await rm(scratch, { recursive: true, force: true })
    if (run.kind === 'reset') {
      await resetState(context, { run, sync, owner: job.owner, planned, directory })
      await discard(directory, folder)
      return false
    }
    return await store(context, { run, sync, owner: job.owner, ...planned })
  } catch (error) {
    await discard(directory, folder)
    throw error
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** What the run is for decides what is compared with what. */
async function planOf(
  context: SyncContext,
  { run, sync, ...where }: Omit<PlanInput, 'model' | 'sync'> & { run: StoredRun; sync: StoredSync },
): Promise<Planned> {
  const model = (): ReturnType<typeof getModel> => getModel(context.database, sync.definition.model)
  const couples = canaryOfRun(run, sync) !== null || sync.definition.guards.holds === 'part'
  const parts = sync.sends_all ? {} : { parts: { applies: run.applies } }
  const before = (): Promise<number[]> => membersOfRuns(context.database, sync.id, runsRemembered)
  switch (run.kind) {
    case 'sync':
      return told(
        sync,
        await computePlan(context, {
          sync,
          owner: sync,
          model: await model(),
          assertsAll: sync.sends_all,
          membersBefore: await before(),
          couples,
          rejections: rejectionsOf(sync, sync.sends_all ? 'forgets' : 'judges'),
          ...parts,
          ...where,
        }),
      )
    case 'full_resync':
      return computePlan(context, {
        sync,
        owner: sync,
        model: await model(),
        assertsAll: true,
        couples,
        rejections: rejectionsOf(sync, 'forgets'),
        ...where,
      })
    case 'reset':
      return computePlan(context, {
        sync: { ...sync, state: null },
        owner: sync,
        model: await model(),
        ...where,
      })
    case 'reconcile':
      return planReconcile(context, { sync, model: await model(), ...where })
    case 'undo': {
      if (run.undoes === null) throw conflict('not_undoable', `run ${run.id} undoes nothing`)
      const undone = await getRun(context.database, String(run.undoes))
      return planUndo(context, { undone, sync, ...where })
    }
    default:
      return assertNever(run.kind)
  }
}

/** Says why everything is sent. */
function told({ sends_all, definition }: StoredSync, planned: Planned): Planned {
  if (!sends_all) return planned
  const note = `the destination ${definition.destination} sends to another place than before, so everything is sent once more`
  return { ...planned, note }
}

function canaryOfRun(run: StoredRun, { definition }: StoredSync): Canary | null {
  return triesFirst(run.kind) ? canaryOf(definition.canary, run.canary_first) : null
}

/** The plan, its batches and the older plans' end are one transaction. */
async function store(
  context: SyncContext,
  made: Planned & { readonly run: StoredRun; readonly sync: StoredSync; readonly owner: string },
): Promise<boolean> {
  const { run, sync, owner, plan, changes, samples, seconds, note, notes } = made
  const canary = canaryOfRun(run, sync)
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
        seconds,
        samples,
        ...(note ? { note } : {}),
        ...(notes ? { notes } : {}),
        ...(canary ? { canary } : {}),
        ...(made.parts ? { parts: made.parts } : {}),
      },
      changes,
      target: { destination: sync.definition.destination, cohort_id: sync.cohort_id },
      stateVersion: sync.state_version,
      report: goesOn
        ? noted({ message: `sending ${plan.batches.length} requests`, hint: null }, note)
        : noted(reportPlan(plan, run.kind), note, plan.verdict === 'held'),
      now: context.clock(),
    })
  })
  for (const id of superseded) {
    await rm(join(syncDirectory(context, sync.id), runFolder(id)), { recursive: true, force: true })
  }
  return goesOn
}

/** With the note; a held run's message goes on from "run 7 is" (core/sync/alert.ts). */
function noted(report: Report, note: string | undefined, isHeld = false): Report {
  if (!note) return report
  return { ...report, message: isHeld ? `${report.message}; ${note}` : `${note}; ${report.message}` }
}

async function clear(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
}

/** Deletes the files of a plan that does not stand, and the run's folder where no other process has some in it. */
async function discard(directory: string, folder: string): Promise<void> {
  await rm(join(directory, folder), { recursive: true, force: true })
  await rmdir(dirname(join(directory, folder))).catch(() => {})
}
