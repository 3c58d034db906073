import type { Instant } from '@muster/core/lib/instant.ts'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import type { CanaryCut } from '@muster/core/sync/canary.ts'
import type { OpenDestination } from '@muster/core/sync/destination.ts'
import { nextStep } from '@muster/core/sync/outcome.ts'
import type { DeliveryEnd } from '@muster/core/sync/report.ts'
import { feedBatches } from './batch-feed.ts'
import { sumOperation } from './batch-store.ts'
import { type StoredCanary, storeCheck } from './canary-store.ts'
import { checkCanary } from './check-canary.ts'
import { openDestination } from './connection.ts'
import type { SyncContext } from './context.ts'
import { deliver } from './deliver.ts'
import type { Changes } from './engine/diff-buckets.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import { proveParts } from './engine/part-file.ts'
import { pauseUntil } from './pause.ts'
import { openRequestQuota, type RequestQuota } from './request-quota.ts'
import { requireLease, type StoredPlan, type StoredRun, type Target } from './run-store.ts'
import { openSettlementLog } from './settlement-log.ts'
import { rememberCohortName, type StoredSync } from './sync-store.ts'
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

/** A run that is being applied. */
export interface Applying extends ApplyJob {
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
 * Sends what is pending of a run: the cohort's name, the changes that are tried first and, when they were found good, every
 * other removal, then every other addition. Returns how that ended.
 */
export async function sendRun(applying: Applying): Promise<DeliveryEnd> {
  const { context, changes, closing, directory, plan, target } = applying
  const { limits, open } = await openDestination(context, target.destination)
  const named = await nameCohort(applying, open)
  if (named.kind !== 'settled' || plan.verdict === 'empty') return named
  const { concurrency, requestsPerHour: perHour } = limits
  const { database, clock } = context
  const quota = openRequestQuota(database, { destination: target.destination, perHour, clock })
  const wire = { destination: open, concurrency, quota }
  return inJob({ directory, signal: closing, memoryMb: 128 }, async (job) => {
    await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
    if (applying.resumes) await assumeUnderWay(database, applying.run.id, applying.requestDeadlineMs)
    const first = await sendCanary(applying, { job, ...wire })
    if (first.kind !== 'settled' || closing.aborted) return first
    return sendInOrder(applying, { job, ...wire }, plan.counts)
  })
}

/** What is tried first, step by step, but what was found good before or a person has released. */
async function sendCanary(applying: Applying, wire: Wire): Promise<DeliveryEnd> {
  const { context, run, plan, owner, closing } = applying
  let { canary } = run
  while (canary) {
    const step = canary.steps[canary.checks.length]
    const isPart = step && step.removed + step.added < plan.counts.removed + plan.counts.added
    if (!isPart) break
    const sent = await sendInOrder(applying, wire, step)
    if (sent.kind !== 'settled' || closing.aborted) return sent
    const check = await checkCanary(applying, wire, canary)
    if (check.verdict === 'held') return { kind: 'held', check }
    const checked: StoredCanary = { ...canary, checks: [...canary.checks, check] }
    await context.database.transaction(async (tx) => {
      await requireLease(tx, run.id, owner)
      await storeCheck(tx, run.id, checked)
    })
    canary = checked
  }
  return { kind: 'settled' }
}

/** Removals, and when they are settled additions: of each so many, the first by number. */
async function sendInOrder(applying: Applying, wire: Wire, many: CanaryCut): Promise<DeliveryEnd> {
  const { context, run, plan, closing } = applying
  const removals = { operation: 'remove', past: many.removed } as const
  if (many.removed > 0) await letPass(applying, 'add')
  const sent = await sendBatches(applying, wire, removals)
  if (sent.kind !== 'settled' || closing.aborted) return sent
  const { pending } = await sumOperation(context.database, run.id, removals)
  if (pending > 0) {
    return { kind: 'unfinished', reason: `${pending} removals are pending, and additions wait for them` }
  }
  if (many.added > 0) await letPass(applying, 'remove')
  return sendBatches(applying, wire, { operation: 'add', past: plan.counts.removed + many.added })
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
}

/** The pending batches of an operation below a number. */
function sendBatches(
  applying: Applying,
  { job, ...wire }: Wire,
  range: { readonly operation: ChangeOperation; readonly past: number },
): Promise<DeliveryEnd> {
  const { context, run, plan, changes, directory, owner, deadline, cancelled, closing, kill } = applying
  const { requestDeadlineMs, holds } = applying
  return deliver({
    ...wire,
    operation: range.operation,
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
      ...range,
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
