import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { conflict } from '@muster/core/lib/error.ts'
import type { Planned } from './compute-plan.ts'
import type { SyncContext } from './context.ts'
import { inJob } from './engine/duckdb-job.ts'
import { foldState } from './engine/fold-state.ts'
import { endRun, requireLease, type StoredRun } from './run-store.ts'
import { advanceState, forgetRejected, hasSentAll, type StoredSync } from './sync-store.ts'

/**
 * Takes what was planned without a state as accepted, and sends nothing. The new state and the run's end are one
 * transaction. `conflict` where a guard would hold the plan: an empty read is never a new truth (design §3.9).
 */
export async function resetState(
  context: SyncContext,
  given: {
    readonly run: StoredRun
    readonly sync: StoredSync
    readonly owner: string
    readonly planned: Planned
    readonly directory: string
  },
): Promise<void> {
  const { run, sync, owner, planned, directory } = given
  const { plan, changes } = planned
  if (plan.verdict === 'held') {
    throw conflict('held', `nothing was reset: ${plan.breaches.map(({ message }) => message).join('; ')}`, {
      hint: 'Mend the model or its guards, then reset again.',
    })
  }
  const { removed, added, rows } = plan.counts
  await mkdir(join(directory, 'state'), { recursive: true })
  const state = await inJob(
    { directory, signal: new AbortController().signal, memoryMb: context.memoryMb },
    (job) =>
      foldState({
        job,
        state: null,
        changes,
        removed,
        accepted: [{ from: 0, to: removed + added }],
        uncertain: [],
        unshared: rows.duplicate === 0,
        directory,
        folder: 'state',
        name: `v${sync.state_version + 1}-${owner}`,
      }),
  )
  const message = `${rows.members} members of the model are taken as accepted; nothing was sent`
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    if (!(await advanceState(tx, { syncId: sync.id, from: sync.state_version, state }))) {
      throw conflict('plan_stale', 'the sync was turned to another cohort meanwhile', {
        hint: 'Reset it again.',
      })
    }
    await forgetRejected(tx, sync.id)
    await hasSentAll(tx, sync.id, sync.state_version + 1)
    const report = { message, hint: null }
    await endRun(tx, { id: run.id, status: 'done', report, delivery: null, now: context.clock() })
  })
}
