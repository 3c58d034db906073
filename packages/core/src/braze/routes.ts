import { cohortRoutes } from './cohort-routes.ts'
import { contactRoutes } from './contact-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { identityRoutes } from './identity-routes.ts'
import type { BrazeRouteTable } from './route.ts'
import { userRoutes } from './user-routes.ts'

/** What Muster offers of Braze's surface, with its schemas. */
export const brazeRoutes: BrazeRouteTable = {
  ...cohortRoutes,
  ...userRoutes,
  ...identityRoutes,
  ...exportRoutes,
  ...contactRoutes,
}
