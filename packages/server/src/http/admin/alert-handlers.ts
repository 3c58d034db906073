import type { AlertRoutes, NoticeSummary } from '@muster/core/api/alert-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { StoredNotice } from '../../sync/alert-store.ts'
import type { Notifying } from '../../sync/notifying.ts'

/** Binds the admin API of alerts and notifiers to its operations. */
export function alertHandlers(sync: Notifying): Handlers<AlertRoutes> {
  return {
    listAlerts: async () =>
      (await sync.alerts()).map(({ figures, since, ...alert }) => ({
        ...alert,
        ...(figures === null ? {} : { figures }),
        since: toIso(since),
      })),
    listNotices: async ({ query }) => (await sync.notices(query)).flatMap(noticeSummary),
    listNotifiers: async () =>
      (await sync.notifiers()).map((one) => ({ ...one, updated_at: toIso(one.updated_at) })),
    putNotifier: async ({ params, query, body }) => ({
      kind: 'notifier',
      name: params.name,
      change: await sync.putNotifier({ name: params.name, body, dryRun: query.dry_run }),
    }),
    testNotifier: ({ params }) => sync.testNotifier(params.name),
  }
}

/** A test is told at once and never stored; of a notice without an alert there is nothing to show. */
function noticeSummary({ notice, created_at, ended_at, ...told }: StoredNotice): NoticeSummary[] {
  const { event, alert, sync, message } = notice
  if (event === 'test' || alert === null) return []
  const ended = ended_at === null ? null : toIso(ended_at)
  return [{ ...told, event, alert, sync, message, at: toIso(created_at), ended_at: ended }]
}
