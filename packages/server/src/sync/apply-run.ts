import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { conflict, messageOf } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import type { OpenDestination } from '@muster/core/sync/destination.ts'
import { nextStep } from '@muster/core/sync/outcome.ts'
import { type DeliveryEnd, type DeliverySums, reportEnd } from '@muster/core/sync/report.ts'
import type { RunStatus } from '@muster/core/sync/run.ts'
import { feedBatches } from './batch-feed.ts'
import { countPending, settledRanges, sumBatches } from './batch-store.ts'
import { openDestination } from './connection.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { deliver } from './deliver.ts'
import type { Changes } from './engine/diff-buckets.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import { foldState } from './engine/fold-state.ts'
import { proveParts } from './engine/part-file.ts'
import { partsOfState, type State } from './engine/state.ts'
import { isPassing } from './passing.ts'
import { pauseUntil } from './pause.ts'
import { openRequestQuota, type RequestQuota } from './request-quota.ts'
import { endRun, requireLease, type StoredPlan, type StoredRun, type Target } from './run-store.ts'
import { openSettlementLog } from './settlement-log.ts'
import { advanceState, getSyncById, hasSentAll, rememberCohortName, type StoredSync } from './sync-store.ts'
import { assumeUnderWay, underWayMs } from './under-way.ts'

export interface ApplyJob {
  readonly owner: string
  /** How long a run may send before it leaves the rest to the next one. */
  readonly runDeadlineMs: number
  /** How long one request may take. */
  readonly requestDeadlineMs: number
  /** Somebody else has sent before, and may have died at it. */
  readonly resumes: boolean
  /** False once the lease may have run out. */
  readonly holds: () => boolean
  /** Aborted: somebody ends the run. */
  readonly cancelled: AbortSignal
  readonly closing: AbortSignal
  readonly kill: AbortSignal
}

interface Applying extends ApplyJob {
  readonly context: SyncContext
  readonly run: StoredRun
  readonly sync: StoredSync
  readonly plan: StoredPlan
  readonly changes: Changes
  readonly target: Target
  readonly deadline: Instant
  readonly directory: string
}

/**
 * Sends what the plan says and nothing else: the cohort's name, then every removal, then every addition. Ends by
 * folding what was accepted into the state. Interrupted by `closing` it leaves the run as it is, to be resumed.
 */
export async function applyRun(context: SyncContext, run: StoredRun, job: ApplyJob): Promise<void> {
  const { plan, changes, target } = run
  if (!plan || !changes || !target) throw conflict('not_planned', 'the run has no plan')
  const sync = await getSyncById(context.database, run.sync_id)
  const applying: Applying = {
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
  const end = await sendAll(applying).catch((error: unknown) => unfinishedBy(error, applying))
  if (!job.closing.aborted) await finish(applying, end)
}

/** Whatever stops the sending, what was accepted so far is folded: the run ends, and the rest is pending. */
function unfinishedBy(error: unknown, { context, run, closing }: Applying): DeliveryEnd {
  if (!closing.aborted) {
    if (isPassing(error)) throw error
    context.log.error('sending failed', { run: run.id, error: messageOf(error) })
  }
  return { kind: 'unfinished', reason: messageOf(error) }
}

async function sendAll(applying: Applying): Promise<DeliveryEnd> {
  const { context, changes, closing, directory, plan, target } = applying
  const { connector, open } = await openDestination(context, target.destination)
  const named = await nameCohort(applying, open)
  if (named.kind !== 'settled' || plan.verdict === 'empty') return named
  const { concurrency } = connector.limits
  const perHour = open.requestsPerHour ?? connector.limits.requestsPerHour
  const { database, clock } = context
  const quota = openRequestQuota(database, { destination: target.destination, perHour, clock })
  const wire = { destination: open, concurrency, quota }
  return inJob({ directory, signal: closing, memoryMb: 128 }, async (job) => {
    await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
    if (applying.resumes) await assumeUnderWay(database, applying.run.id, applying.requestDeadlineMs)
    if (plan.counts.removed > 0) await letPass(applying, 'add')
    const removals = await sendBatches(applying, { job, ...wire, operation: 'remove' })
    if (removals.kind !== 'settled' || closing.aborted) return removals
    const left = await countPending(applying.context.database, applying.run.id, 'remove')
    if (left > 0)
      return { kind: 'unfinished', reason: `${left} removals are pending, and additions wait for them` }
    if (plan.counts.added > 0) await letPass(applying, 'remove')
    return sendBatches(applying, { job, ...wire, operation: 'add' })
  })
}

/** Waits while a request of the other operation may be under way: it would undo what is sent now (design §3.4, §3.5). */
async function letPass(
  { context, run, closing, cancelled }: Applying,
  operation: ChangeOperation,
): Promise<void> {
  const until = performance.now() + (await underWayMs(context.database, run.sync_id, operation))
  await pauseUntil(
    () => until,
    () => performance.now(),
    AbortSignal.any([closing, cancelled]),
  )
}

interface Wire {
  readonly job: Job
  readonly destination: OpenDestination
  readonly concurrency: number
  readonly quota: RequestQuota
  readonly operation: ChangeOperation
}

function sendBatches(applying: Applying, { job, ...wire }: Wire): Promise<DeliveryEnd> {
  const { context, run, plan, changes, directory, owner, deadline, cancelled, closing, kill } = applying
  const { requestDeadlineMs, holds } = applying
  return deliver({
    ...wire,
    deadline,
    cancelled,
    closing,
    kill,
    requestDeadlineMs,
    holds,
    runId: run.id,
    cohortId: applying.target.cohort_id,
    clock: context.clock,
    log: openSettlementLog(context.database, { id: run.id, owner }),
    next: feedBatches({
      database: context.database,
      job,
      runId: run.id,
      changes,
      operation: wire.operation,
      removed: plan.counts.removed,
      directory,
    }),
  })
}

/** On creation, on renaming and on a first run; the name that was acknowledged is remembered. */
async function nameCohort(applying: Applying, destination: OpenDestination): Promise<DeliveryEnd> {
  const { context, sync, target, deadline, closing, kill } = applying
  const { cohort } = sync.definition
  if (!('create' in cohort) || sync.cohort_named === cohort.create) return { kind: 'settled' }
  for (let attempt = 1; !closing.aborted; attempt++) {
    if (applying.cancelled.aborted) return { kind: 'cancelled' }
    const signal = AbortSignal.any([kill, AbortSignal.timeout(applying.requestDeadlineMs)])
    const identity = { cohortId: target.cohort_id, name: cohort.create, createdAt: sync.created_at }
    const outcome = await destination.nameCohort(identity, signal)
    const now = context.clock()
    const step = nextStep(outcome, { number: attempt, ids: 1, now, deadline, jitter: Math.random() })
    if (step.kind === 'acknowledge') {
      await rememberCohortName(context.database, sync.id, cohort.create)
      return { kind: 'settled' }
    }
    if (step.kind === 'stop') return { kind: 'stopped', reason: step.reason }
    if (step.kind === 'reject' || step.kind === 'leave_pending') {
      return { kind: 'unfinished', reason: `the cohort could not be named: ${step.reason}` }
    }
    if (step.kind === 'retry')
      await pauseUntil(() => step.at, context.clock, AbortSignal.any([closing, applying.cancelled]))
  }
  return { kind: 'unfinished', reason: 'the server is closing' }
}

const statusOf: Readonly<Record<DeliveryEnd['kind'], RunStatus>> = {
  settled: 'done',
  unfinished: 'incomplete',
  stopped: 'stopped',
  cancelled: 'cancelled',
}

/** The new state and the run's end are one transaction; the old files go only after it. */
async function finish(applying: Applying, end: DeliveryEnd): Promise<void> {
  const { context, run, sync, target, owner } = applying
  const sums = await sumBatches(context.database, run.id)
  const state = await foldRun(applying, sums)
  const cohort = 'create' in sync.definition.cohort ? sync.definition.cohort.create : target.cohort_id
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    const stands =
      state === null || (await advanceState(tx, { syncId: sync.id, from: run.state_version ?? -1, state }))
    const bringsAll = run.kind === 'sync' || run.kind === 'full_resync'
    if (stands && bringsAll && end.kind === 'settled') {
      await hasSentAll(tx, sync.id, (run.state_version ?? -1) + (state === null ? 0 : 1))
    }
    const report = reportEnd(end, sums, { destination: target.destination, cohort })
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
  context.log.info('run ended', {
    run: run.id,
    sync: sync.name,
    status: statusOf[end.kind],
    accepted: sums.accepted,
    pending: sums.pending,
  })
}

/** The state after this run; null when it is the same as before. */
async function foldRun(applying: Applying, sums: DeliverySums): Promise<State | null> {
  const { context, run, sync, plan, changes, directory } = applying
  if (sync.state_version !== run.state_version) return null
  const ranges = await settledRanges(context.database, run.id, run.resumed)
  const { moved, forgotten = [] } = changes
  const sameSource = isDeepStrictEqual(changes.source, sync.state?.source)
  const same =
    changes.base === undefined &&
    sums.planned === 0 &&
    moved.length === 0 &&
    forgotten.length === 0 &&
    sameSource
  if (sync.state !== null && same) return null
  // The fold ends a run that has already sent: it is not interrupted, and a crash does it again.
  return inJob({ directory, signal: new AbortController().signal, memoryMb: context.memoryMb }, (job) =>
    foldState({
      job,
      state: changes.base === undefined ? sync.state : changes.base,
      changes,
      removed: plan.counts.removed,
      ...ranges,
      directory,
      folder: 'state',
      name: `v${sync.state_version + 1}-${applying.owner}`,
      ...(sync.definition.engine === 'warehouse' ? { deltaFrom: sync.state_version } : {}),
    }),
  )
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
