import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import {
  claimNotices,
  type DueNotice,
  endNotice,
  forgetNotices,
  type NoticeEnd,
  postponeNotice,
} from './alert-store.ts'
import { openNotifier } from './connection.ts'
import type { SyncContext } from './context.ts'

const tellDeadlineMs = 30_000
/** Longer than an attempt may take: nobody else takes a notice up while somebody is at it. */
const leaseMs = 60_000
const noticesAtOnce = 20
/** A notice that could not be told for this long is news no more. */
const givenUpAfterMs = 24 * 3_600_000
/** How long it can be seen who was told of what. */
const keptMs = 90 * 24 * 3_600_000

/**
 * One turn: tells the notices whose time has come. One that was not told is tried again, ever less often, for a day;
 * one that is refused is given up at once. Returns whether there may be more. Any number of processes may run it.
 */
export async function sendNotices(context: SyncContext): Promise<boolean> {
  const due = await claimNotices(context.database, {
    now: context.clock(),
    leaseMs,
    limit: noticesAtOnce,
  })
  await Promise.all(due.map((one) => settle(context, one)))
  await forgetNotices(context.database, context.clock() - keptMs)
  return due.length === noticesAtOnce
}

async function settle(context: SyncContext, due: DueNotice): Promise<void> {
  const { database, clock, log } = context
  const outcome = await tell(context, due)
  const about = { notifier: due.notifier, sync: due.notice.sync }
  const end = (status: NoticeEnd, answer: string | null): Promise<void> =>
    endNotice(database, due, { status, answer, now: clock() })
  switch (outcome.kind) {
    case 'accepted':
      return end('told', null)
    case 'refused':
      log.error('a notifier refuses a notice; it is given up', { ...about, answer: outcome.message })
      return end('refused', outcome.message)
    case 'unauthorized':
    case 'unavailable': {
      const until = nextAttempt(due, clock())
      log.warn('a notice was not told', { ...about, answer: outcome.message })
      if (until === null) return end('given_up', outcome.message)
      return postponeNotice(database, due, { until, answer: outcome.message })
    }
    default:
      return assertNever(outcome)
  }
}

/** After 10 s, 20 s, 40 s … at most an hour; null once the notice is too old. */
function nextAttempt({ attempts, created_at }: DueNotice, now: Instant): Instant | null {
  const next = now + Math.min(3_600_000, 10_000 * 2 ** Math.min(attempts - 1, 20))
  return next - created_at > givenUpAfterMs ? null : next
}

async function tell(context: SyncContext, { notifier, notice }: DueNotice): Promise<Outcome> {
  try {
    const open = await openNotifier(context, notifier)
    return await open.tell(notice, AbortSignal.timeout(tellDeadlineMs))
  } catch {
    return {
      kind: 'unavailable',
      status: null,
      message: 'the notifier failed without an answer',
      retryAfterMs: null,
    }
  }
}
