import { z } from 'zod'

/** What a deploy would do, or did, to one resource. */
export const ResourceChange = z.object({
  kind: z.enum(['source', 'model', 'destination', 'notifier', 'sync', 'segment', 'campaign', 'canvas']),
  name: z.string(),
  change: z.enum(['create', 'update', 'unchanged']),
})
export type ResourceChange = z.infer<typeof ResourceChange>
