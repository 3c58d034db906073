import { z } from 'zod'

/** What a crash child is told to do. */
export const CrashOrder = z.object({
  /**
   * Begin a run; only plan one; take up what is there, and begin it only where it never came to that; or delete the sync.
   */
  what: z.enum(['begin', 'plan', 'resume', 'delete']),
  kind: z.enum(['sync', 'full_resync']).default('sync'),
  /** The newest run of before. */
  after: z.number().default(0),
  /** What had no answer when a process died may be under way for so long. */
  requestDeadlineMs: z.number().default(1_000),
  /** At which boundary it dies; absent: at none. */
  boundary: z.number().optional(),
  /** Which of its calls that change the disk fails, and with what; absent: none. */
  disk: z.object({ at: z.number(), code: z.string() }).optional(),
})
export type CrashOrder = z.input<typeof CrashOrder>

/** What one says that was not killed. */
export const CrashReport = z.object({
  met: z.number(),
  /** How many of them change the disk. */
  onDisk: z.number(),
  kinds: z.record(z.string(), z.number()),
})
export type CrashReport = z.infer<typeof CrashReport>

/** The files that a power cut would take from one that was killed (`unsynced-files.ts`). */
export const Unsynced = z.object({ contents: z.array(z.string()), names: z.array(z.string()) })
export type Unsynced = z.infer<typeof Unsynced>
