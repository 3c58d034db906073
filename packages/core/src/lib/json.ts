import { z } from 'zod'

/** A JSON value, as it crosses the wire or rests in a `jsonb` column. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export const Json: z.ZodType<Json> = z
  .lazy(() =>
    z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(Json), z.record(z.string(), Json)]),
  )
  .meta({ id: 'Json' })

/** True for a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True when arrays and objects stand in one another more than `levels` deep. Takes any depth: it does not recurse. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const next = level.flatMap((one) => (typeof one === 'object' && one !== null ? [one] : []))
    if (next.length > 0 && depth >= levels) return true
    level = next.flatMap((one): unknown[] => Object.values(one))
  }
  return false
}
