import type { Instant } from '@muster/core/lib/instant.ts'
import type { Engage } from '../../engage/engage.ts'
import type { QuotaState } from './hourly-quota.ts'

interface Bucket {
  readonly name: string
  readonly limit: number
  readonly windowMs: number
}

const minuteMs = 60_000
const shared: Bucket = { name: 'shared', limit: 250_000, windowMs: 60 * minuteMs }
const users: Bucket = { name: 'users', limit: 20_000, windowMs: minuteMs }
const subscriptions: Bucket = { name: 'subscriptions', limit: 5_000, windowMs: minuteMs }

/** Braze's limits of a workspace (braze.md G.1); what is not named here shares 250,000 an hour. */
const buckets: ReadonlyMap<string, Bucket> = new Map([
  ['/users/track', { name: 'track', limit: 3_000, windowMs: 3_000 }],
  ['/users/alias/new', users],
  ['/users/alias/update', users],
  ['/users/delete', users],
  ['/users/identify', users],
  ['/users/merge', users],
  ['/users/external_ids/rename', { name: 'rename', limit: 1_000, windowMs: minuteMs }],
  ['/users/external_ids/remove', { name: 'remove', limit: 1_000, windowMs: minuteMs }],
  ['/users/export/ids', { name: 'export', limit: 2_500, windowMs: minuteMs }],
  ['/subscription/status/set', subscriptions],
  ['/v2/subscription/status/set', subscriptions],
])

export interface RestQuota {
  /** Counts one request to a route's path. */
  take(path: string, now: Instant): QuotaState
}

/**
 * The limits of the REST API in fixed windows of the clock. The counts are this process's own: several servers on one
 * database each allow the limit, and a restart begins anew.
 */
export function createRestQuota(): RestQuota {
  const taken = new Map<string, { readonly window: number; readonly count: number }>()
  return {
    take: (path, now) => {
      const { name, limit, windowMs } = buckets.get(path) ?? shared
      const window = Math.floor(now / windowMs)
      const last = taken.get(name)
      const before = last?.window === window ? last.count : 0
      const allowed = before < limit
      if (allowed) taken.set(name, { window, count: before + 1 })
      return {
        allowed,
        limit,
        remaining: allowed ? limit - before - 1 : 0,
        resetAt: (window + 1) * windowMs,
      }
    },
  }
}

const quotas = new WeakMap<Engage, RestQuota>()

/** The one quota of an engagement half, which all routes share. */
export function quotaOf(engage: Engage): RestQuota {
  const known = quotas.get(engage) ?? createRestQuota()
  quotas.set(engage, known)
  return known
}
