import { setTimeout as sleep } from 'node:timers/promises'
import { conflict } from '@muster/core/lib/error.ts'
import { reportEnd } from '@muster/core/sync/report.ts'
import { isSettled } from '@muster/core/sync/run.ts'
import { triesFirst } from '@muster/core/sync/run-kind.ts'
import { listBatches, sumBatches } from './batch-store.ts'
import { requireNoCanary } from './canary-store.ts'
import type { SyncContext } from './context.ts'
import { requireUndoable } from './plan-undo.ts'
import {
  beginApplying,
  getRun,
  holdRun,
  listRuns,
  queueRun,
  requestCancel,
  type StoredRun,
} from './run-store.ts'
import type { Runner } from './runner.ts'
import type { RunView, Sync } from './sync.ts'
import { forgetState, getSync, setPaused } from './sync-store.ts'
import { rememberKey, runOfKey } from './trigger-key-store.ts'

type Runs = Pick<
  Sync,
  'begin' | 'undo' | 'forget' | 'apply' | 'hold' | 'cancel' | 'runs' | 'run' | 'requests'
>

/** Beginning, applying, ending and showing runs. */
export function runs(context: SyncContext, runner: Runner): Runs {
  const { database, clock } = context
  const view = async (id: number): Promise<RunView> => viewOf(context, await getRun(database, String(id)))
  return {
    begin: async (name, applies, { kind = 'sync', key, canaryFirst } = {}) => {
      const sync = await getSync(database, name)
      const now = clock()
      const id = await database.transaction(async (tx) => {
        const known = key === undefined ? null : await runOfKey(tx, { syncId: sync.id, key, now })
        if (known !== null) return known
        if (sync.paused_at !== null) throw paused(name)
        await requireNoCanary(tx, sync.id)
        const runId = await queueRun(tx, { syncId: sync.id, kind, applies, canaryFirst, now })
        if (key !== undefined) await rememberKey(tx, { syncId: sync.id, key, runId, now })
        return runId
      })
      await runner.takeOf(sync.id)
      return view(id)
    },
    undo: async (runId, applies) => {
      const undone = await getRun(database, runId)
      const sync = await getSync(database, undone.sync)
      requireUndoable(undone, sync)
      const run = { syncId: sync.id, kind: 'undo', undoes: undone.id, applies, now: clock() } as const
      const id = await database.transaction(async (tx) => {
        await requireNoCanary(tx, sync.id)
        const queued = await queueRun(tx, run)
        if (applies) await setPaused(tx, sync.id, sync.paused_at ?? clock())
        return queued
      })
      await runner.takeOf(sync.id)
      return view(id)
    },
    forget: async (name) => {
      const sync = await getSync(database, name)
      if (!(await forgetState(database, sync.id))) {
        throw conflict('run_active', 'a run of this sync is under way', {
          hint: 'Wait until it ends, then reset.',
        })
      }
    },
    apply: async (runId, { release, canaryFirst }) => {
      const run = await getRun(database, runId)
      requireApplicable(run, release)
      if (canaryFirst !== undefined) requireUntried(run)
      const message = `sending ${run.plan?.requests ?? 0} requests`
      const sync = await getSync(database, run.sync)
      await database.transaction(async (tx) => {
        if (!(await beginApplying(tx, { id: run.id, message, canaryFirst }))) throw stale(run)
        if (run.kind === 'undo') await setPaused(tx, sync.id, sync.paused_at ?? clock())
      })
      await runner.takeOf(run.sync_id)
      return view(run.id)
    },
    hold: async (runId) => {
      const run = await getRun(database, runId)
      if (!(await holdRun(database, run.id))) {
        throw conflict('not_holdable', `run ${run.id} is ${run.status}, and only a plan can be held`, {
          hint: 'Cancel it, or let it end.',
        })
      }
      return view(run.id)
    },
    cancel: async (runId) => {
      const run = await getRun(database, runId)
      if (!(await requestCancel(database, { id: run.id, message: cancelledMessage(run), now: clock() }))) {
        throw conflict('not_cancellable', `run ${run.id} is ${run.status} and cannot be cancelled`, {
          hint: 'It has ended already.',
        })
      }
      return view(run.id)
    },
    runs: async (filter) => {
      if (filter.sync !== undefined) await getSync(database, filter.sync)
      return Promise.all((await listRuns(database, filter)).map((run) => viewOf(context, run)))
    },
    run: async (runId, waitMs) => {
      const until = performance.now() + waitMs
      let run = await getRun(database, runId)
      while (!isSettled(run.status) && performance.now() < until) {
        await sleep(Math.min(100, Math.max(1, until - performance.now())))
        run = await getRun(database, runId)
      }
      return viewOf(context, run)
    },
    requests: async (runId, limit, part) =>
      listBatches(database, (await getRun(database, runId)).id, { ...part, limit }),
  }
}

/** A run with the sums of its batches. */
export async function viewOf({ database }: SyncContext, run: StoredRun): Promise<RunView> {
  return { ...run, sums: run.delivery ?? (await sumBatches(database, run.id)) }
}

function requireApplicable(run: StoredRun, release: boolean): void {
  if (run.status === 'planned' || (run.status === 'held' && release)) return
  if (run.status === 'held') {
    throw conflict('held', `run ${run.id} is ${run.message}`, {
      hint: `If the plan is right, send it with: muster release ${run.id}`,
    })
  }
  throw conflict('not_applicable', `run ${run.id} is ${run.status} and cannot be applied`, {
    hint: 'Plan the sync again and apply the new run.',
  })
}

/** Of a plan that nothing was sent of, a person may say how many changes are tried first. */
function requireUntried(run: StoredRun): void {
  const { kind } = run
  const refused = (why: string): Error => conflict('no_canary', why, { hint: 'Apply it without a canary.' })
  if (!triesFirst(kind)) throw refused(`a run of kind ${kind} tries no changes first`)
  if (run.canary) throw refused(`the first changes of run ${run.id} were sent already`)
}

function cancelledMessage({ id, delivery, target }: StoredRun): string {
  if (!delivery) return 'cancelled before anything was sent'
  const names = { destination: target?.destination ?? '', cohort: target?.cohort_id ?? '', run: id }
  return reportEnd({ kind: 'cancelled' }, delivery, names).message
}

function paused(name: string): Error {
  return conflict('sync_paused', `sync ${name} is paused`, {
    hint: `Take it up again with: muster resume ${name}`,
  })
}

function stale(run: StoredRun): Error {
  return conflict('plan_stale', `what run ${run.id} was planned for has changed since`, {
    hint: 'Plan the sync again and apply the new run.',
  })
}
