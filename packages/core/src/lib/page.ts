import { z } from 'zod'

/** How much of a list to give; `limit` at most 1,000. */
export const Limit = z.coerce.number().int().min(1).max(1_000).default(100)
