import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'

/** What may be done with a run that is under way, and with a sync as a whole. */

export const runRoutes = {
  holdRun: route({
    method: 'POST',
    path: '/api/runs/:id/hold',
    summary: 'Let a plan wait until it is released',
    params: z.object({ id: z.string().min(1) }),
    response: z.object({ id: z.string(), status: z.string() }),
  }),
  cancelRun: route({
    method: 'POST',
    path: '/api/runs/:id/cancel',
    summary: 'End a run: requests in flight end, what was not accepted stays pending',
    params: z.object({ id: z.string().min(1) }),
    response: z.object({ id: z.string(), status: z.string() }),
  }),
  forgetSync: route({
    method: 'POST',
    path: '/api/syncs/:name/forget',
    summary: 'Forget what the destination has accepted, and send nothing: the next run is a first one',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug }),
  }),
  pauseSync: route({
    method: 'POST',
    path: '/api/syncs/:name/pause',
    summary: 'Lay a sync to rest: nothing begins a run of it',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug, paused: z.boolean() }),
  }),
  resumeSync: route({
    method: 'POST',
    path: '/api/syncs/:name/resume',
    summary: 'Take a paused sync up again',
    params: z.object({ name: Slug }),
    response: z.object({ name: Slug, paused: z.boolean() }),
  }),
}
export type RunRoutes = typeof runRoutes
