import type { Instant } from '@muster/core/lib/instant.ts'

export interface QuotaLimit {
  readonly limit: number
  readonly windowMs: number
}

export interface QuotaState {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** When the next window begins. */
  readonly resetAt: Instant
}

/** Counts requests by name. */
export interface ClockQuota {
  take(name: string, limit: QuotaLimit, now: Instant): QuotaState
}

/**
 * So many requests in each window of the clock, as Braze counts (braze.md G). The counts are this process's own: several
 * servers on one database each allow the limit, and a restart begins anew.
 */
export function createClockQuota(): ClockQuota {
  const taken = new Map<string, { readonly window: number; readonly count: number }>()
  return {
    take: (name, { limit, windowMs }, now) => {
      const window = Math.floor(now / windowMs)
      const last = taken.get(name)
      const before = last?.window === window ? last.count : 0
      const allowed = before < limit
      if (allowed) taken.set(name, { window, count: before + 1 })
      const remaining = allowed ? limit - before - 1 : 0
      return { allowed, limit, remaining, resetAt: (window + 1) * windowMs }
    },
  }
}
