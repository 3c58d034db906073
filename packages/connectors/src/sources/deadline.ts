import { Duration, formatDuration, parseDuration } from '@muster/core/lib/duration.ts'
import { type MusterError, transient } from '@muster/core/lib/error.ts'

/** The field `statement_timeout` of a source: how long an extraction may take. */
export const StatementTimeout = Duration.refine((text) => parseDuration(text) !== 0, {
  error: 'must be longer than nothing',
}).default('15m')

/** How long a statement may take whose rows a person waits for: describe, preview, find, browse. */
const lookMs = 30_000

/** How long the statements of a source may take, in milliseconds. */
export interface Timeouts {
  readonly extract: number
  readonly look: number
}

/** Takes the configured timeout; a look is never given longer than an extraction. */
export function timeoutsOf(statementTimeout: string): Timeouts {
  const extract = parseDuration(statementTimeout) ?? lookMs
  return { extract, look: Math.min(extract, lookMs) }
}

/** What ends a statement early: its time, or the caller's signal. */
export interface Deadline {
  readonly ms: number
  readonly signal: AbortSignal
  /** Why the statement was ended, or null where neither has come. */
  reason(): MusterError | null
}

export function openDeadline(ms: number, signal?: AbortSignal): Deadline {
  const timer = AbortSignal.timeout(ms)
  return {
    ms,
    signal: signal ? AbortSignal.any([signal, timer]) : timer,
    reason: () => {
      if (signal?.aborted) return transient('read_aborted', 'the read was stopped')
      return timer.aborted ? timedOut(ms) : null
    },
  }
}

export function timedOut(ms: number, cause?: unknown): MusterError {
  return transient('statement_timeout', `the statement ran longer than ${formatDuration(ms)}`, {
    hint: 'Make the SQL faster, or for a run give the source a longer `statement_timeout`.',
    cause,
  })
}
