import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { conflict, messageOf } from '@muster/core/lib/error.ts'
import type { CanaryCheck } from '@muster/core/sync/canary.ts'
import { noneSetAside } from '@muster/core/sync/rejected.ts'
import { type DeliveryEnd, type DeliverySums, reportEnd } from '@muster/core/sync/report.ts'
import type { RunStatus } from '@muster/core/sync/run.ts'
import { triesFirst } from '@muster/core/sync/run-kind.ts'
import { settledRanges, sumBatches } from './batch-store.ts'
import { holdByCanary } from './canary-store.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { cutCanary } from './cut-canary.ts'
import { inJob } from './engine/duckdb-job.ts'
import { foldState } from './engine/fold-state.ts'
import { partsOfState, type State } from './engine/state.ts'
import { isPassing } from './passing.ts'
import { rememberRejected, sweepRejected } from './remember-rejected.ts'
import { endRun, getRun, requireLease, type StoredRun } from './run-store.ts'
import { type Applying, type ApplyJob, sendRun } from './send-run.ts'
import { steadyClock } from './steady-clock.ts'
import { advanceState, getSyncById, hasSentAll, storeRejected } from './sync-store.ts'

/**
 * Sends what the plan says and nothing else. Ends by folding what was accepted into the state. Interrupted by `closing` it leaves
 * the run as it is, to be resumed.
 */
export async function applyRun(given: SyncContext, run: StoredRun, job: ApplyJob): Promise<void> {
  const context = { ...given, clock: steadyClock(given.clock) }
  const { plan, changes, target } = run
  if (!plan || !changes || !target) throw conflict('not_planned', 'the run has no plan')
  const sync = await getSyncById(context.database, run.sync_id)
  let applying: Applying = {
    ...job,
    context,
    run,
    sync,
    plan,
    changes,
    target,
    deadline: context.clock() + job.runDeadlineMs,
    directory: syncDirectory(context, sync.id),
  }
  await mkdir(join(applying.directory, 'state'), { recursive: true })
  const send = async (): Promise<DeliveryEnd> => {
    applying = await cutCanary(applying)
    return sendRun(applying)
  }
  const end = await send().catch((error: unknown) => unfinishedBy(error, applying))
  if (job.closing.aborted) return
  await (end.kind === 'held' ? hold(applying, end.check) : finish(applying, end))
}

/** Whatever stops the sending, what was accepted so far is folded: the run ends, and the rest is pending. */
function unfinishedBy(error: unknown, { context, run, closing }: Applying): LastEnd {
  if (!closing.aborted) {
    if (isPassing(error)) throw error
    context.log.error('sending failed', { run: run.id, error: messageOf(error) })
  }
  return { kind: 'unfinished', reason: messageOf(error) }
}

type LastEnd = Exclude<DeliveryEnd, { readonly kind: 'held' }>

const statusOf: Readonly<Record<LastEnd['kind'], RunStatus>> = {
  settled: 'done',
  unfinished: 'incomplete',
  stopped: 'stopped',
  cancelled: 'cancelled',
  waits: 'incomplete',
}

/** The new state and the run's end are one transaction; the old files go only after it. */
async function finish(applying: Applying, sent: LastEnd): Promise<void> {
  const end = sent.kind === 'settled' ? (waiting(applying) ?? sent) : sent
  const { context, run, sync, owner } = applying
  const sums = await sumBatches(context.database, run.id)
  const state = await foldRun(applying, sums)
  const rejections = await rememberRejected(applying, sums)
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    const stands =
      state === null || (await advanceState(tx, { syncId: sync.id, from: run.state_version ?? -1, state }))
    if (stands && triesFirst(run.kind) && end.kind === 'settled') {
      await hasSentAll(tx, sync.id, (run.state_version ?? -1) + (state === null ? 0 : 1))
    }
    if (rejections) await storeRejected(tx, sync.id, rejections)
    const report = reportEnd(end, sums, namesOf(applying))
    await endRun(tx, {
      id: run.id,
      status: statusOf[end.kind],
      report: stands
        ? report
        : {
            ...report,
            hint: 'The sync was turned to another cohort or place meanwhile; everything is sent there.',
          },
      delivery: sums,
      now: context.clock(),
    })
  })
  if (state !== null) await sweepState(applying, state)
  if (rejections) await sweepRejected(applying, rejections)
  context.log.info('run ended', {
    run: run.id,
    sync: sync.name,
    status: statusOf[end.kind],
    accepted: sums.accepted,
    pending: sums.pending,
  })
}

/** How a run ends that has sent all that goes of a plan of which a part waits; null where nothing does. */
function waiting({ plan, sync }: Applying): LastEnd | null {
  if (!plan.parts || plan.verdict !== 'apply') return null
  const reason = plan.breaches.map(({ message }) => message).join('; ')
  return { kind: 'waits', waiting: plan.parts.waiting, reason, sync: sync.name }
}

function namesOf({ run, sync, plan, target }: Applying): Parameters<typeof reportEnd>[2] {
  const { cohort } = sync.definition
  const name = 'create' in cohort ? cohort.create : target.cohort_id
  return { destination: target.destination, cohort: name, run: run.id, setAside: plan.counts.setAside }
}

/**
 * Lets the run wait for a person. What its first changes came to is folded into the state, so that whatever becomes of the run
 * nothing of it is forgotten; folded again at the run's end they change nothing.
 */
async function hold(applying: Applying, check: CanaryCheck): Promise<void> {
  const { context, run, sync, owner } = applying
  const { canary } = await getRun(context.database, String(run.id))
  if (!canary) throw new Error('a run without a canary is not held by one')
  const sums = await sumBatches(context.database, run.id)
  const state = await foldRun(applying, sums, { isHeld: true, keepsSure: canary.steps.length === 1 })
  const rejections = await rememberRejected(applying, sums)
  const report = reportEnd({ kind: 'held', check }, sums, namesOf(applying))
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    const from = run.state_version ?? -1
    const moved = state !== null && (await advanceState(tx, { syncId: sync.id, from, state }))
    if (rejections) await storeRejected(tx, sync.id, rejections)
    const stateVersion = moved ? from + 1 : run.state_version
    await holdByCanary(tx, {
      id: run.id,
      canary: { ...canary, checks: [...canary.checks, check] },
      stateVersion,
      delivery: sums,
      report,
    })
  })
  if (state !== null) await sweepState(applying, state)
  if (rejections) await sweepRejected(applying, rejections)
  context.log.warn('run held by its canary', { run: run.id, sync: sync.name, reason: report.message })
}

/** The state after this run; null when it is the same as before. Of one that is held what is pending was not sent. */
async function foldRun(
  applying: Applying,
  sums: DeliverySums,
  { isHeld = false, keepsSure = false } = {},
): Promise<State | null> {
  const { context, run, sync, plan, changes, directory } = applying
  if (sync.state_version !== run.state_version) return null
  const ranges = await settledRanges(context.database, run.id, run.resumed && !isHeld)
  const { moved, forgotten = [] } = changes
  const sameSource = isDeepStrictEqual(changes.source, sync.state?.source)
  const unshared = isUnshared(applying, sums)
  const same =
    changes.base === undefined &&
    sums.planned === 0 &&
    moved.length === 0 &&
    forgotten.length === 0 &&
    sameSource
  if (sync.state !== null && same) {
    return (sync.state.unshared === true) === unshared ? null : { ...sync.state, unshared }
  }
  // The fold ends a run that has already sent: it is not interrupted, and a crash does it again.
  return inJob({ directory, signal: new AbortController().signal, memoryMb: context.memoryMb }, (job) =>
    foldState({
      job,
      state: changes.base === undefined ? sync.state : changes.base,
      changes,
      removed: plan.counts.removed,
      ...ranges,
      keepsSure,
      unshared,
      directory,
      folder: 'state',
      name: `v${sync.state_version + 1}-${applying.owner}`,
      ...(sync.definition.engine === 'warehouse' ? { deltaFrom: sync.state_version } : {}),
    }),
  )
}

/**
 * True where no two rows name the same in what was read, and every member is of that reading: none that was to leave stayed, or
 * those that were there before were known as well (`State.unshared`).
 */
function isUnshared({ run, plan, sync }: Applying, { pending, rejected }: DeliverySums): boolean {
  const { rows, removed: going, setAside = noneSetAside } = plan.counts
  const removed = going + setAside.removed + setAside.coupled
  if (!triesFirst(run.kind) || rows.duplicate > 0) return false
  const isParted = plan.parts !== undefined && plan.verdict === 'apply'
  const isMirrored =
    sync.definition.mode === 'mirror' && (removed === 0 || (removed === going && pending + rejected === 0))
  return (isMirrored && !isParted) || sync.state?.unshared === true
}

/** Deletes state files that neither the new state nor the one before (somebody may be reading it) names. */
async function sweepState({ directory, sync, context }: Applying, state: State): Promise<void> {
  const parts = [state, sync.state].flatMap((one) => (one ? partsOfState(one) : []))
  const kept = new Set(parts.map((part) => part.file))
  const names = await readdir(join(directory, 'state'))
  await Promise.all(
    names
      .filter((name) => !kept.has(`state/${name}`))
      .map((name) => rm(join(directory, 'state', name), { force: true })),
  ).catch(() => context.log.warn('old state files could not be deleted', { sync: sync.name }))
}
