import { z } from 'zod'
import { Canary } from '../sync/canary.ts'

/** What was found of a run's first changes. held: the others wait until the run is applied with release, or cancelled. */
const CanaryCheck = z.object({
  verdict: z.enum(['passed', 'held', 'released']),
  accepted: z.int(),
  rejected: z.int(),
  /** Additions that were accepted, and how many of them are in the cohort; null where nobody tells or nobody asks. */
  added: z.int(),
  matched: z.int().nullable(),
  findings: z.array(z.string()),
})

/** How far a run goes, in changes of each operation, before it judges: after each step. */
export const CanarySummary = z.object({
  /** By which it judges. */
  rule: Canary,
  steps: z.array(z.object({ removed: z.int(), added: z.int(), check: CanaryCheck.nullable() })),
})
export type CanarySummary = z.infer<typeof CanarySummary>
