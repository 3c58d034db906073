import { engageRoutes } from '@muster/core/api/engage-routes.ts'
import { syncRoutes } from '@muster/core/api/sync.ts'
import { systemRoutes } from '@muster/core/api/system.ts'
import type { BrazeOperation } from '@muster/core/braze/inventory.ts'
import { userLimits } from '@muster/core/braze/limits.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Handlers, RouteResponse } from '@muster/core/lib/route.ts'
import scalar from '@scalar/fastify-api-reference'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Engage } from '../engage/engage.ts'
import type { Sync } from '../sync/sync.ts'
import type { Access } from './access.ts'
import { engageHandlers } from './admin/engage-handlers.ts'
import { syncHandlers } from './admin/sync-handlers.ts'
import { answerError, bindRoutes } from './bind.ts'
import { registerBraze } from './braze/register.ts'
import { registerDownloads } from './downloads.ts'
import { openMetrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { registerWeb } from './web.ts'

export interface AppOptions {
  readonly engage: Engage | null
  readonly sync: Sync | null
  readonly access: Access
  readonly status: () => RouteResponse<typeof systemRoutes.getStatus>
  /** True when the database answers. */
  readonly isReady: () => Promise<boolean>
  readonly webFolder: string
  readonly log: Log
}

/** One HTTP server: Braze's paths at the root, the admin API below /api, the web app at /. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: userLimits.bodyBytes,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2_000 },
    logger: false,
  })
  app.setErrorHandler((error, _, reply) => answerError(error, reply, options.log))
  registerOperations(app, options)
  await app.register(async (admin) => registerAdmin(admin, options))
  const notOffered = options.engage ? registerBraze(app, options.engage) : null
  await app.after()
  await registerDocs(app, options, notOffered)
  await registerWeb(app, options.webFolder)
  return app
}

function registerAdmin(app: FastifyInstance, options: AppOptions): void {
  const { engage, sync, status } = options
  app.setErrorHandler((error, _, reply) => answerError(error, reply, options.log))
  app.addHook('onRequest', async (request) => {
    if (!request.url.startsWith('/api/session')) options.access.check(request)
  })
  options.access.register(app)
  const system: Handlers<typeof systemRoutes> = { getStatus: status }
  bindRoutes(app, systemRoutes, system)
  if (engage)
    bindRoutes(app, engageRoutes, engageHandlers(engage, { restEndpoint: () => status().rest_endpoint }))
  if (sync) {
    bindRoutes(app, syncRoutes, syncHandlers(sync))
    registerDownloads(app, sync)
  }
}

function registerOperations(app: FastifyInstance, { isReady, access, sync }: AppOptions): void {
  const metrics = openMetrics(app, { syncFigures: sync ? () => sync.figures() : null })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const ready = await isReady()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
  app.get('/metrics', async (request, reply) => {
    access.check(request)
    return reply.type(metrics.contentType).send(await metrics.text())
  })
}

async function registerDocs(
  app: FastifyInstance,
  { engage, sync, status }: AppOptions,
  notOffered: readonly BrazeOperation[] | null,
): Promise<void> {
  const routes = { ...systemRoutes, ...(engage ? engageRoutes : {}), ...(sync ? syncRoutes : {}) }
  const document = openApiDocument({ version: status().version, routes, notOffered })
  app.get('/openapi.json', async () => document)
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: { content: document, ...quietDocs },
  })
}

/** The documentation page is a page of ours: it offers nothing of others and sends nothing anywhere. */
const quietDocs = {
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
} as const
