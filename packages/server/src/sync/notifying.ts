import { randomUUID } from 'node:crypto'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import type { CheckReport } from '@muster/core/sync/report.ts'
import { startLoop } from '../jobs/loop.ts'
import { listAlerts, listNotices, type StoredAlert, type StoredNotice } from './alert-store.ts'
import { type DefinitionChange, openNotifier, putConnection, showConnections } from './connection.ts'
import type { SyncContext } from './context.ts'
import { sendNotices } from './send-notices.ts'
import { watchSyncs } from './watch-syncs.ts'

/** Alerts and those who are told of them. */
export interface Notifying {
  notifiers(): ReturnType<typeof showConnections>
  putNotifier(put: {
    readonly name: string
    readonly body: unknown
    readonly dryRun: boolean
  }): Promise<DefinitionChange>
  /** Tells a notice that says it is a test; a refusal is an answer, not an error. */
  testNotifier(name: string): Promise<CheckReport>
  /** What is wrong with the syncs now. */
  alerts(): Promise<StoredAlert[]>
  /** What was told to whom, and what still waits to be told. */
  notices(filter: Parameters<typeof listNotices>[1]): Promise<StoredNotice[]>
  /** Judges the syncs and tells what has changed, as the server does every few seconds by itself. */
  watch(): Promise<void>
}

const watchEveryMs = 5_000
const sendEveryMs = 5_000
const testDeadlineMs = 30_000

export function notifying(context: SyncContext): Notifying {
  return {
    notifiers: () => showConnections(context, 'notifier'),
    putNotifier: (put) => putConnection(context, 'notifier', put),
    testNotifier: async (name) => {
      const notifier = await openNotifier(context, name)
      const notice = {
        id: randomUUID(),
        event: 'test',
        sync: '',
        alert: null,
        message: 'alerts of your syncs will come this way',
        at: context.clock(),
        link: context.link('/syncs'),
      } as const
      const outcome = await notifier.tell(notice, AbortSignal.timeout(testDeadlineMs))
      return { ...reportTest(outcome), outcome: outcome.kind }
    },
    alerts: () => listAlerts(context.database),
    notices: (filter) => listNotices(context.database, filter),
    watch: async () => {
      await watchSyncs(context)
      await sendNotices(context)
    },
  }
}

function reportTest(outcome: Outcome): { readonly ok: boolean; readonly message: string } {
  switch (outcome.kind) {
    case 'accepted':
      return { ok: true, message: 'the test was taken' }
    case 'refused':
      return { ok: false, message: `the test was refused: ${outcome.message}` }
    case 'unauthorized':
      return { ok: false, message: `the credentials were refused: ${outcome.message}` }
    case 'unavailable':
      return { ok: false, message: outcome.message }
    default:
      return assertNever(outcome)
  }
}

/** Watches the syncs and tells what has changed, until it is stopped. */
export function startNotifying(context: SyncContext): { stop(): Promise<void> } {
  const sending = startLoop({
    name: 'telling alerts',
    everyMs: sendEveryMs,
    turn: () => sendNotices(context),
    log: context.log,
  })
  const watching = startLoop({
    name: 'watching syncs',
    everyMs: watchEveryMs,
    turn: async () => {
      if (await watchSyncs(context)) sending.wake()
      return false
    },
    log: context.log,
  })
  return {
    stop: async () => {
      await watching.stop()
      await sending.stop()
    },
  }
}
