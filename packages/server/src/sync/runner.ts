import { randomUUID } from 'node:crypto'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { applyRun } from './apply-run.ts'
import type { SyncContext } from './context.ts'
import { diskError, isOfDisk } from './disk-error.ts'
import { isPassing } from './passing.ts'
import { planRun } from './plan-run.ts'
import {
  beginQueued,
  endRun,
  getRun,
  type Lease,
  releaseLease,
  renewLeases,
  requireLease,
  type StoredRun,
  takeOverRuns,
} from './run-store.ts'

/** A lease lasts seconds: a killed server's run is taken over soon after. */
const leaseMs = 5_000
const renewEveryMs = 1_500
/** How long requests in flight may take to end when the server closes. */
const closeGraceMs = 3_000

/** The runs that this process works on. */
export interface Runner {
  /**
   * Takes what waits, as many runs as this process may work on at once: first those that nobody holds any more, then
   * queued ones. From then on it looks again by itself whenever one of its runs has ended. Returns when they are taken.
   */
  take(): Promise<void>
  /** The same for the runs of a sync, which a process that takes no others has begun: it follows them to their end. */
  takeOf(syncId: number): Promise<void>
  /** Begins nothing more; lets requests in flight end, or lets go of them, and hands the runs back. */
  close(): Promise<void>
}

export interface RunnerOptions {
  readonly runDeadlineMs: number
  readonly requestDeadlineMs: number
  /** How many runs this process works on at once; with 0 it leaves them all to others. */
  readonly runsAtOnce: number
}

interface Work {
  readonly cancel: AbortController
  readonly closing: AbortController
  readonly kill: AbortController
  /** By the monotonic clock: until then nobody else takes the run over. */
  heldUntil: number
  readonly done: Promise<void>
}

export function openRunner(
  context: SyncContext,
  { runDeadlineMs, requestDeadlineMs, runsAtOnce }: RunnerOptions,
): Runner {
  const { database, clock, log } = context
  const lease: Lease = { owner: randomUUID(), ms: leaseMs }
  const works = new Map<number, Work>()
  /** The syncs whose runs are taken; null: all. */
  let syncs: Set<number> | null = new Set()
  let taking: Promise<void> = Promise.resolve()
  let closed = false

  const renew = async (): Promise<void> => {
    const ids = [...works.keys()]
    if (ids.length === 0) return
    const until = performance.now() + leaseMs
    const held = new Map((await renewLeases(database, ids, lease)).map((run) => [run.id, run]))
    for (const id of ids) {
      const run = held.get(id)
      const work = works.get(id)
      if (run && work) work.heldUntil = until
      if (!run) abort(work)
      else if (run.cancel_requested) works.get(id)?.cancel.abort()
    }
  }
  const start = (runId: number, heldUntil: number): void => {
    const [cancel, closing, kill] = [new AbortController(), new AbortController(), new AbortController()]
    const signals = { cancelled: cancel.signal, closing: closing.signal, kill: kill.signal }
    const holds = (): boolean => performance.now() < (works.get(runId)?.heldUntil ?? heldUntil)
    const limits = { runDeadlineMs, requestDeadlineMs }
    const done = work(context, runId, { owner: lease.owner, ...limits, holds, ...signals })
      .then(
        () => true,
        (error: unknown) => {
          log.error('a run was left', { run: runId, error: messageOf(error) })
          return false
        },
      )
      .then(async (ended) => {
        // One that was left is taken up when its lease has run out: what was in its way gets that time to pass.
        if (ended || closing.signal.aborted) await releaseLease(database, runId, lease.owner).catch(() => {})
        works.delete(runId)
        look()
      })
    works.set(runId, { cancel, closing, kill, heldUntil, done })
  }

  const fill = async (): Promise<void> => {
    const room = (): number => (closed ? 0 : runsAtOnce - works.size)
    const what = () => ({ limit: room(), syncs: syncs && [...syncs], except: [...works.keys()] })
    if (room() <= 0) return
    const until = performance.now() + leaseMs
    for (const id of await takeOverRuns(database, lease, what())) {
      log.info('a run is taken over', { run: id })
      start(id, until)
    }
    if (room() <= 0) return
    const begunUntil = performance.now() + leaseMs
    for (const id of await beginQueued(database, lease, { ...what(), now: clock() })) start(id, begunUntil)
  }
  /** One look at a time, so that together they take no more than there is room for. */
  const take = (): Promise<void> => {
    taking = taking.catch(() => {}).then(fill)
    return taking
  }
  const look = (): void => {
    if (!closed) take().catch((error: unknown) => log.warn('no run was taken', { error: messageOf(error) }))
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log.warn('leases were not renewed', { error: messageOf(error) }))
    if (syncs?.size) look()
  }, renewEveryMs)

  const close = async (): Promise<void> => {
    closed = true
    await taking.catch(() => {})
    const open = [...works.values()]
    for (const one of open) one.closing.abort()
    const grace = setTimeout(() => open.forEach((one) => void one.kill.abort()), closeGraceMs)
    await Promise.all(open.map((one) => one.done))
    clearTimeout(grace)
    clearInterval(timer)
  }
  return {
    take: () => {
      syncs = null
      return take()
    },
    takeOf: (syncId) => {
      syncs?.add(syncId)
      return take()
    },
    close,
  }
}

function abort(work: Work | undefined): void {
  work?.closing.abort()
  work?.kill.abort()
}

interface RunJob {
  readonly owner: string
  readonly runDeadlineMs: number
  readonly requestDeadlineMs: number
  readonly holds: () => boolean
  readonly cancelled: AbortSignal
  readonly closing: AbortSignal
  readonly kill: AbortSignal
}

/** Takes a run from the status it is in as far as it goes by itself; `planned` when it was planned here. */
async function work(context: SyncContext, runId: number, job: RunJob, planned = false): Promise<void> {
  const run = await getRun(context.database, String(runId))
  switch (run.status) {
    case 'reading': {
      const signal = AbortSignal.any([job.closing, job.cancelled])
      const goesOn = await planRun(context, run, { owner: job.owner, signal }).catch((error: unknown) =>
        fail(context, run, { error, job }),
      )
      if (goesOn && !job.closing.aborted) await work(context, runId, job, true)
      return
    }
    case 'applying':
      return applyRun(context, run, { ...job, resumes: run.resumed && !planned }).catch(
        async (error: unknown) => {
          await fail(context, run, { error, job })
        },
      )
    case 'queued':
    case 'planned':
    case 'held':
    case 'done':
    case 'incomplete':
    case 'stopped':
    case 'failed':
    case 'superseded':
    case 'cancelled':
      return
    default:
      assertNever(run.status)
  }
}

/**
 * Ends a run that threw as failed. One that was closed, or whose database is out of reach, is left as it is and
 * resumed; so is one that has sent and cannot write down its new state, for the disk's sake.
 */
async function fail(
  context: SyncContext,
  run: StoredRun,
  { error: thrown, job }: { readonly error: unknown; readonly job: RunJob },
): Promise<false> {
  const error = thrown instanceof MusterError ? thrown : (diskError(thrown) ?? thrown)
  if (job.closing.aborted) return false
  if (job.cancelled.aborted && run.status === 'reading') return cancelReading(context, run, job)
  const known = error instanceof MusterError
  const applying = run.status === 'applying'
  if (isPassing(error) || (applying && known && isOfDisk(error))) throw error
  if (!known) context.log.error('a run failed', { run: run.id, sync: run.sync, error: messageOf(error) })
  const place = known ? error.details[0]?.where : undefined
  const message = known
    ? `${error.message}${place ? ` (${place})` : ''}`
    : `Muster could not ${applying ? 'apply' : 'make'} the plan: ${messageOf(error)}`
  const hint = known ? (error.hint ?? null) : 'This is a fault of Muster: please report it with the log.'
  const cause = { code: known ? error.code : 'internal', reason: message }
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, job.owner)
    const now = context.clock()
    const report = { message, hint, cause }
    await endRun(tx, { id: run.id, status: 'failed', report, delivery: null, now })
  })
  return false
}

/** A run that was ended while it read or compared has sent nothing. */
async function cancelReading(context: SyncContext, run: StoredRun, { owner }: RunJob): Promise<false> {
  const report = { message: 'cancelled before anything was sent', hint: null }
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    await endRun(tx, { id: run.id, status: 'cancelled', report, delivery: null, now: context.clock() })
  })
  return false
}
