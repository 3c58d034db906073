import { z } from 'zod'
import { route } from '../lib/route.ts'

export const systemRoutes = {
  getStatus: route({
    method: 'GET',
    path: '/api/status',
    summary: 'What this server is and serves',
    response: z.object({
      version: z.string(),
      halves: z.array(z.enum(['sync', 'engage'])),
      rest_endpoint: z.string(),
      /** Identifies the data directory, so that a client knows whom it talks to. */
      instance: z.string(),
    }),
  }),
}
export type SystemRoutes = typeof systemRoutes
