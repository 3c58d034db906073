import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { HomePage } from './pages/home.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { Shell } from './parts/shell.tsx'

/** What is written in a URL is an offer: a part that does not fit is dropped. */
const text = z.string().min(1).optional().catch(undefined)
const flag = z.literal('yes').optional().catch(undefined)

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage })
const under = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const

const routeTree = root.addChildren([
  createRoute({ ...under('/'), component: HomePage }),
  createRoute({
    ...under('/sources'),
    component: lazyRouteComponent(() => import('./pages/sources.tsx'), 'SourcesPage'),
  }),
  createRoute({
    ...under('/models'),
    component: lazyRouteComponent(() => import('./pages/models.tsx'), 'ModelsPage'),
    validateSearch: z.object({ preview: text }),
  }),
  createRoute({
    ...under('/destinations'),
    component: lazyRouteComponent(() => import('./pages/destinations.tsx'), 'DestinationsPage'),
  }),
  createRoute({
    ...under('/syncs'),
    component: lazyRouteComponent(() => import('./pages/syncs.tsx'), 'SyncsPage'),
  }),
  createRoute({
    ...under('/syncs/$name'),
    component: lazyRouteComponent(() => import('./pages/sync.tsx'), 'SyncPage'),
  }),
  createRoute({
    ...under('/syncs/$name/history'),
    component: lazyRouteComponent(() => import('./pages/sync-history.tsx'), 'SyncHistoryPage'),
    validateSearch: z.object({ at: text }),
  }),
  createRoute({
    ...under('/runs/$id'),
    component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
    validateSearch: z.object({ show: text }),
  }),
  createRoute({
    ...under('/alerts'),
    component: lazyRouteComponent(() => import('./pages/alerts.tsx'), 'AlertsPage'),
  }),
  createRoute({
    ...under('/partners'),
    component: lazyRouteComponent(() => import('./pages/partners.tsx'), 'PartnersPage'),
  }),
  createRoute({
    ...under('/partners/$slug'),
    component: lazyRouteComponent(() => import('./pages/partner.tsx'), 'PartnerPage'),
  }),
  createRoute({
    ...under('/cohorts'),
    component: lazyRouteComponent(() => import('./pages/cohorts.tsx'), 'CohortsPage'),
  }),
  createRoute({
    ...under('/cohorts/$partner/$cohortId'),
    component: lazyRouteComponent(() => import('./pages/cohort.tsx'), 'CohortPage'),
    validateSearch: z.object({ import: text }),
  }),
  createRoute({
    ...under('/requests'),
    component: lazyRouteComponent(() => import('./pages/requests.tsx'), 'RequestsPage'),
    validateSearch: z.object({ status: text, id: text, request: text }),
  }),
  createRoute({
    ...under('/users'),
    component: lazyRouteComponent(() => import('./pages/users.tsx'), 'UsersPage'),
  }),
  createRoute({
    ...under('/segments'),
    component: lazyRouteComponent(() => import('./pages/segments.tsx'), 'SegmentsPage'),
    validateSearch: z.object({ create: flag }),
  }),
  createRoute({
    ...under('/segments/$name'),
    component: lazyRouteComponent(() => import('./pages/segment.tsx'), 'SegmentPage'),
    validateSearch: z.object({ user: text, edit: flag }),
  }),
  createRoute({
    ...under('/campaigns'),
    component: lazyRouteComponent(() => import('./pages/campaigns.tsx'), 'CampaignsPage'),
  }),
  createRoute({
    ...under('/campaigns/$name'),
    component: lazyRouteComponent(() => import('./pages/campaign.tsx'), 'CampaignPage'),
  }),
  createRoute({
    ...under('/canvases'),
    component: lazyRouteComponent(() => import('./pages/canvases.tsx'), 'CanvasesPage'),
  }),
  createRoute({
    ...under('/canvases/$name'),
    component: lazyRouteComponent(() => import('./pages/canvas.tsx'), 'CanvasPage'),
  }),
  createRoute({
    ...under('/inbox'),
    component: lazyRouteComponent(() => import('./pages/inbox.tsx'), 'InboxPage'),
    validateSearch: z.object({ user: text, source: text, message: text }),
  }),
  createRoute({
    ...under('/why'),
    component: lazyRouteComponent(() => import('./pages/why.tsx'), 'WhyPage'),
    validateSearch: z.object({ user: text }),
  }),
])

export const router = createRouter({
  routeTree,
  scrollRestoration: true,
  // A page's code comes when its link is pointed at, so that the first page is small.
  defaultPreload: 'intent',
  // Values stay the text they are: `?user=4711` names the user "4711" and `?user=1e5` no other.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const set = Object.entries(search).filter(([, value]) => value !== undefined)
    const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
    return query === '' ? '' : `?${query}`
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
