import type { AlertRoutes } from '@muster/core/api/alert-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Notifying } from '../../sync/notifying.ts'

/** Binds the admin API of alerts and notifiers to its operations. */
export function alertHandlers(sync: Notifying): Handlers<AlertRoutes> {
  return {
    listAlerts: async () => (await sync.alerts()).map((alert) => ({ ...alert, since: toIso(alert.since) })),
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
