import { engageRoutes } from './engage-routes.ts'
import { syncRoutes } from './sync.ts'
import { systemRoutes } from './system.ts'

/** The whole admin API. */
export const routes = { ...systemRoutes, ...engageRoutes, ...syncRoutes }
export type Routes = typeof routes
