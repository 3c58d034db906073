import type { Instant } from '@muster/core/lib/instant.ts'
import type { Engage } from '../../engage/engage.ts'
import { type ClockQuota, createClockQuota, type QuotaLimit, type QuotaState } from './clock-quota.ts'

interface Bucket extends QuotaLimit {
  readonly name: string
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

const quotas = new WeakMap<Engage, ClockQuota>()

/** Counts one request to a route's path; all routes of an engagement half share its counts. */
export function takeRestQuota(engage: Engage, path: string, now: Instant): QuotaState {
  const quota = quotas.get(engage) ?? createClockQuota()
  quotas.set(engage, quota)
  const bucket = buckets.get(path) ?? shared
  return quota.take(bucket.name, bucket, now)
}
