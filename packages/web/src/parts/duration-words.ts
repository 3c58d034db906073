import { parseDuration } from '@muster/core/lib/duration.ts'

/** A duration of a definition, `15m`, in words. */
export function durationOf(written: string, duration: (ms: number) => string): string {
  const ms = parseDuration(written)
  return ms === null ? written : duration(ms)
}
