import type { Instant } from '@muster/core/lib/instant.ts'

const hourMs = 3_600_000

export interface QuotaState {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** When the next hour begins. */
  readonly resetAt: Instant
}

export interface HourlyQuota {
  /** Counts one request of the key. */
  take(key: string, now: Instant): QuotaState
}

/**
 * So many requests a key in each hour of the clock, as Braze counts (braze.md G). The counts are this process's own: several
 * servers on one database each allow the limit, and a restart begins anew.
 */
export function createHourlyQuota(limit: number): HourlyQuota {
  let hour = 0
  const taken = new Map<string, number>()
  return {
    take: (key, now) => {
      const thisHour = Math.floor(now / hourMs)
      if (thisHour !== hour) {
        hour = thisHour
        taken.clear()
      }
      const before = taken.get(key) ?? 0
      const allowed = before < limit
      if (allowed) taken.set(key, before + 1)
      const remaining = allowed ? limit - before - 1 : 0
      return { allowed, limit, remaining, resetAt: (thisHour + 1) * hourMs }
    },
  }
}
