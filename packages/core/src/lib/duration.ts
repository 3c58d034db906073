import { z } from 'zod'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof unitMs
const pattern = /^(\d{1,9})\s*(ms|s|m|h|d|w)$/

/** Takes text such as `90s`, `15m`, `2d`; returns milliseconds, or null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const found = pattern.exec(text.trim())
  if (!found) return null
  return Number(found[1]) * unitMs[found[2] as Unit]
}

/** Takes milliseconds; returns the shortest text of whole units, e.g. 900000 → `15m`. */
export function formatDuration(ms: number): string {
  const units: readonly Unit[] = ['w', 'd', 'h', 'm', 's']
  const unit = units.find((u) => ms >= unitMs[u] && ms % unitMs[u] === 0) ?? 'ms'
  return `${ms / unitMs[unit]}${unit}`
}

/** A duration in a definition: `30s`, `15m`, `6h`, `2d`, `1w`. */
export const Duration = z.string().refine((text) => parseDuration(text) !== null, {
  error: 'must be a duration such as 30s, 15m, 6h or 2d',
})
