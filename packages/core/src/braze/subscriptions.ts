import { isObject } from '../lib/json.ts'
import type { Parsed } from './cohorts.ts'
import { userLimits } from './limits.ts'
import { type Fields, readUser, type UserKey } from './user-key.ts'

/** `POST /subscription/status/set`, its v2, and the reads beside it (braze-docs `subscription_groups/*`). */

export interface SubscriptionChange {
  readonly groupId: string
  readonly state: 'subscribed' | 'unsubscribed'
  readonly users: readonly UserKey[]
}

/** Takes the body of v1, one group, or of v2, `subscription_groups`. */
export function parseSubscriptions(body: unknown): Parsed<readonly SubscriptionChange[]> {
  if (!isObject(body)) return { ok: false, refusal: 'bad_json' }
  const groups: readonly unknown[] = Array.isArray(body.subscription_groups)
    ? body.subscription_groups
    : [body]
  const changes: SubscriptionChange[] = []
  for (const group of groups) {
    const change = isObject(group)
      ? readChange(group)
      : ({ ok: false, refusal: 'subscription_group' } as const)
    if (!change.ok) return change
    changes.push(change.value)
  }
  return { ok: true, value: changes }
}

function readChange(group: Fields): Parsed<SubscriptionChange> {
  const { subscription_group_id: groupId, subscription_state: state } = group
  if (typeof groupId !== 'string') return { ok: false, refusal: 'subscription_group' }
  if (state !== 'subscribed' && state !== 'unsubscribed') return { ok: false, refusal: 'subscription_state' }
  const users = readSubscribers(group)
  return users === null
    ? { ok: false, refusal: 'subscribers' }
    : { ok: true, value: { groupId, state, users } }
}

const subscriberNames = [
  ['external_id', ['external_id', 'external_ids']],
  ['email', ['email', 'emails']],
  ['phone', ['phone', 'phones']],
] as const

/** The users of `external_id(s)`, `email(s)` and `phone(s)`, each a value or an array; null for none or over 50. */
export function readSubscribers(object: Fields): readonly UserKey[] | null {
  const users = subscriberNames.flatMap(([kind, names]) =>
    names.flatMap((name) => valuesOf(object[name]).map((value) => readUser({ [kind]: value }))),
  )
  const good = users.filter((user) => typeof user !== 'string')
  const isRight =
    good.length === users.length && good.length > 0 && good.length <= userLimits.aliasesPerRequest
  return isRight ? good : null
}

function valuesOf(raw: unknown): readonly unknown[] {
  if (raw === undefined || raw === null) return []
  return Array.isArray(raw) ? raw : [raw]
}
