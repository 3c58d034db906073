import { randomUUID } from 'node:crypto'
import { AlertRules, alertChanges, judgeSync } from '@muster/core/sync/alert.ts'
import type { Notice } from '@muster/core/sync/notifier.ts'
import { insertNotices, lockAlerts, storeAlerts, type WatchedSync, watchedSyncs } from './alert-store.ts'
import type { SyncContext } from './context.ts'

/**
 * One turn: judges every sync that has alert rules, writes down what is wrong now and puts out a notice for each alert
 * that begins or ends. One transaction, so that a crash neither loses a notice nor gives it twice. Returns whether any
 * was put out.
 */
export function watchSyncs(context: SyncContext): Promise<boolean> {
  const now = context.clock()
  return context.database.transaction(async (tx) => {
    if (!(await lockAlerts(tx))) return false
    const syncs = await watchedSyncs(tx, (rules) => AlertRules.safeParse(rules).data ?? null)
    const judged = syncs.map((sync) => ({
      sync,
      after: sync.rules === null ? [] : judgeSync(sync.rules, { ...sync, now }),
    }))
    const notices = judged.flatMap(({ sync, after }) =>
      alertChanges(sync.alerts, after).map(({ event, alert }) => ({
        notice: noticeOf(context, sync, { event, alert: alert.kind, message: alert.message, at: now }),
        to: sync.rules?.to ?? [],
      })),
    )
    await storeAlerts(
      tx,
      judged.map(({ sync, after }) => ({ syncId: sync.id, alerts: after })),
      now,
    )
    if (notices.length > 0) await insertNotices(tx, notices, now)
    return notices.length > 0
  })
}

function noticeOf(
  { link }: SyncContext,
  { name }: WatchedSync,
  told: Pick<Notice, 'event' | 'alert' | 'message' | 'at'>,
): Notice {
  return { id: randomUUID(), sync: name, link: link(`/syncs/${name}`), ...told }
}
