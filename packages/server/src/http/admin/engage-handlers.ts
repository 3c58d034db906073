import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Engage } from '../../engage/engage.ts'
import { cohortHandlers } from './cohort-handlers.ts'
import { importHandlers } from './import-handlers.ts'
import { messagingHandlers } from './messaging-handlers.ts'
import { partnerHandlers } from './partner-handlers.ts'
import { subscriptionHandlers } from './subscription-handlers.ts'
import { userHandlers } from './user-handlers.ts'
import { userImportHandlers } from './user-import-handlers.ts'

export interface EngageHandlerOptions {
  /** The address under which partners and apps reach Braze's paths. */
  readonly restEndpoint: () => string
}

/** The admin API of the engagement half, from store rows to its shapes. */
export function engageHandlers(engage: Engage, options: EngageHandlerOptions): Handlers<EngageRoutes> {
  return {
    ...partnerHandlers(engage, options),
    ...cohortHandlers(engage),
    ...importHandlers(engage),
    ...subscriptionHandlers(engage),
    ...userHandlers(engage),
    ...userImportHandlers(engage),
    ...messagingHandlers(engage),
  }
}
