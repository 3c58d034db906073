import { z } from 'zod'

const mistaken = 'must be a share such as 15%'

/** A share of a whole, written `15%` or `0.15`; read as a fraction (0.15). */
export const Share = z
  .union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?\s*%$/, { error: mistaken })], { error: mistaken })
  .transform((value) => (typeof value === 'number' ? value : Number.parseFloat(value) / 100))

/** Takes a fraction; returns it as a percentage with at most one decimal, e.g. 0.125 → `12.5%`. */
export function formatShare(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10}%`
}
