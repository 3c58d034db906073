import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import { bisect, type ChangeOperation } from '@muster/core/sync/batch.ts'
import type { OpenDestination } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import { mayBeUnderWay, nextStep, type Outcome } from '@muster/core/sync/outcome.ts'
import type { DeliveryEnd } from '@muster/core/sync/report.ts'
import type { StoredBatch } from './batch-store.ts'
import { pauseUntil } from './pause.ts'
import type { RequestQuota } from './request-quota.ts'
import { leaseLost } from './run-store.ts'
import type { SettlementLog } from './settlement-log.ts'

export interface Delivery {
  readonly destination: OpenDestination
  readonly runId: number
  readonly cohortId: string
  readonly operation: ChangeOperation
  /** Batches that may be in flight at once. */
  readonly concurrency: number
  /** The next pending batches with their identifiers; null when there are no more. */
  readonly next: () => Promise<LoadedBatch | null>
  /** What the destination may be asked an hour. */
  readonly quota: RequestQuota
  readonly log: SettlementLog
  readonly clock: () => Instant
  /** Requests are cut off after this; only then is a batch sent again (design §3.5). */
  readonly requestDeadlineMs: number
  /** False once the run's lease may have run out: somebody else may be sending. */
  readonly holds: () => boolean
  /** Nothing is begun after this. */
  readonly deadline: Instant
  /** Aborted: begin nothing more, and end. */
  readonly cancelled: AbortSignal
  /** Aborted: begin nothing more. */
  readonly closing: AbortSignal
  /** Aborted: let go of requests in flight. */
  readonly kill: AbortSignal
}

export interface LoadedBatch extends Pick<StoredBatch, 'number'> {
  readonly from: number
  readonly to: number
  /** Of the changes [from, to). */
  readonly identifiers: readonly Identifier[]
}

/** What the batches in flight tell one another. */
interface Shared {
  /** Nobody sends before this: one request was told to wait. */
  notBefore: Instant
  end: DeliveryEnd
}

/**
 * Delivers the pending batches of one operation, a few at a time. The batches partition the changes and a change is
 * in one request at a time, so no two requests in flight share an identifier. Every outcome is durable before the
 * next request begins.
 */
export async function deliver(delivery: Delivery): Promise<DeliveryEnd> {
  const shared: Shared = { notBefore: 0, end: { kind: 'settled' } }
  const goesOn = (): boolean => !delivery.closing.aborted && shared.end.kind === 'settled'
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      const batch = await delivery.next()
      if (batch === null) return
      const pieces = [batch]
      for (let piece = pieces.pop(); piece !== undefined && goesOn(); piece = pieces.pop()) {
        pieces.push(...(await settle(delivery, shared, piece)))
      }
    }
  }
  const finished = await Promise.allSettled(Array.from({ length: delivery.concurrency }, worker))
  const failed = finished.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return shared.end
}

/** Sends one batch until it is settled or left; returns the halves of a refused one, the first last. */
async function settle(delivery: Delivery, shared: Shared, batch: LoadedBatch): Promise<LoadedBatch[]> {
  const { log, clock, deadline } = delivery
  const waking = AbortSignal.any([delivery.closing, delivery.cancelled])
  for (let attempt = 1; ; attempt++) {
    await pauseUntil(() => shared.notBefore, clock, waking)
    if (delivery.cancelled.aborted && shared.end.kind === 'settled') shared.end = { kind: 'cancelled' }
    if (delivery.closing.aborted || shared.end.kind !== 'settled') return []
    if (clock() >= deadline) {
      shared.end = { kind: 'unfinished', reason: 'the time of this run is over' }
      return []
    }
    const notBefore = await delivery.quota.take()
    if (notBefore !== null) {
      if (notBefore >= deadline) {
        shared.end = {
          kind: 'unfinished',
          reason: 'the requests that the destination allows in an hour are used up',
        }
        return []
      }
      shared.notBefore = Math.max(shared.notBefore, notBefore)
      attempt--
      continue
    }
    if (!delivery.holds()) throw leaseLost()
    const began = performance.now()
    const outcome = await send(delivery, batch)
    // A request that we let go ourselves says nothing of the destination; the resumed run sends it again.
    if (delivery.kill.aborted && outcome.kind === 'unavailable') return []
    const now = clock()
    const step = nextStep(outcome, {
      number: attempt,
      ids: batch.identifiers.length,
      now,
      deadline,
      jitter: Math.random(),
    })
    const settled = {
      number: batch.number,
      answer: answerOf(outcome),
      requestId: requestIdOf(outcome),
      at: now,
      underWayMs: mayBeUnderWay(outcome)
        ? Math.max(0, delivery.requestDeadlineMs - (performance.now() - began))
        : null,
    }
    switch (step.kind) {
      case 'acknowledge':
        await log.settle({ ...settled, status: 'accepted' })
        return []
      case 'reject':
        await log.settle({ ...settled, status: 'rejected' })
        return []
      case 'bisect':
        return halve(delivery, batch, settled.answer)
      case 'stop':
        shared.end = { kind: 'stopped', reason: step.reason }
        await log.settle({ ...settled, status: 'pending' })
        return []
      case 'leave_pending':
        shared.end = { kind: 'unfinished', reason: step.reason }
        await log.settle({ ...settled, status: 'pending' })
        return []
      case 'retry':
        if (outcome.kind === 'unavailable' && outcome.retryAfterMs !== null) {
          shared.notBefore = Math.max(shared.notBefore, step.at)
        }
        await log.settle({ ...settled, status: 'pending' })
        await pauseUntil(() => step.at, clock, waking)
        break
      default:
        assertNever(step)
    }
  }
}

/** What a destination throws against its contract is an attempt of unknown fate as well. */
async function send(
  { destination, runId, cohortId, operation, kill, requestDeadlineMs }: Delivery,
  batch: LoadedBatch,
): Promise<Outcome> {
  const signal = AbortSignal.any([kill, AbortSignal.timeout(requestDeadlineMs)])
  const id = `${runId}-${batch.from}-${batch.to}`
  return destination.deliver({ id, cohortId, operation, identifiers: batch.identifiers }, signal).catch(
    (): Outcome => ({
      kind: 'unavailable',
      status: null,
      message: 'the destination failed without an answer',
      retryAfterMs: null,
    }),
  )
}

async function halve(delivery: Delivery, batch: LoadedBatch, answer: string): Promise<LoadedBatch[]> {
  const [first, second] = bisect(batch)
  if (!first || !second) return []
  const cut = { number: batch.number, middle: second.from, answer, at: delivery.clock() }
  const number = await delivery.log.split(cut)
  const piece = (of: { from: number; to: number }, as: number): LoadedBatch => ({
    ...of,
    number: as,
    identifiers: batch.identifiers.slice(of.from - batch.from, of.to - batch.from),
  })
  return [piece(second, number), piece(first, batch.number)]
}

function answerOf(outcome: Outcome): string {
  if (outcome.kind === 'accepted') return String(outcome.status)
  return outcome.status === null ? outcome.message : `${outcome.status} ${outcome.message}`
}

function requestIdOf(outcome: Outcome): string | null {
  return outcome.kind === 'accepted' ? outcome.requestId : null
}
