import type { Instant } from '@muster/core/lib/instant.ts'

/**
 * The time for one piece of work: that of the clock, but never earlier than before, and never slower than the monotonic
 * clock. Set back or stopped in the middle, a clock would otherwise hold up whatever waits by it.
 */
export function steadyClock(clock: () => Instant): () => Instant {
  const began = { at: clock(), by: performance.now() }
  let latest = began.at
  return () => {
    latest = Math.max(latest, clock(), Math.floor(began.at + performance.now() - began.by))
    return latest
  }
}
