import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Engage } from '../../engage/engage.ts'
import { createGroup, listGroups, type SubscriptionGroupRow } from '../../engage/subscription-store.ts'

type SubscriptionRoutes = Pick<EngageRoutes, 'listSubscriptionGroups' | 'createSubscriptionGroup'>

/** Subscription groups; who is in them is told over Braze's surface. */
export function subscriptionHandlers({ database, clock }: Engage): Handlers<SubscriptionRoutes> {
  return {
    listSubscriptionGroups: async () => (await listGroups(database)).map(groupOf),
    createSubscriptionGroup: async ({ body }) =>
      groupOf(await createGroup(database, { ...body, now: clock() })),
  }
}

function groupOf({ group_id: id, name, channel, created_at }: SubscriptionGroupRow) {
  return { id, name, channel, created_at: toIso(created_at) }
}
