import { setTimeout as sleep } from 'node:timers/promises'
import type { Instant } from '@muster/core/lib/instant.ts'

const longestNapMs = 1_000

/** Waits until the clock has reached an instant that may move meanwhile; an aborted signal ends the wait. */
export async function pauseUntil(
  at: () => Instant,
  clock: () => Instant,
  signal: AbortSignal,
): Promise<void> {
  for (let left = at() - clock(); left > 0 && !signal.aborted; left = at() - clock()) {
    await sleep(Math.min(left, longestNapMs), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}
