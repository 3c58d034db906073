import { parseIso, toIso } from '../lib/instant.ts'
import { isObject, type Json } from '../lib/json.ts'

const subscriptionStates = ['opted_in', 'subscribed', 'unsubscribed'] as const

/**
 * Fields that Braze names itself and that are not plain texts (braze.md B.3). Each says how a given value is kept, or
 * undefined where it is not valid.
 */
const readers: Readonly<Record<string, (value: Json) => Json | undefined>> = {
  email_subscribe: subscriptionState,
  push_subscribe: subscriptionState,
  email_open_tracking_disabled: truth,
  email_click_tracking_disabled: truth,
  current_location: location,
  date_of_first_session: time,
  date_of_last_session: time,
  marked_email_as_spam_at: time,
  push_tokens: pushTokens,
  facebook: object,
  twitter: object,
}

export function isDetail(name: string): boolean {
  return Object.hasOwn(readers, name)
}

/** How a detail's value is kept; undefined where it is not valid. */
export function readDetail(name: string, value: Json): Json | undefined {
  return Object.hasOwn(readers, name) ? readers[name]?.(value) : undefined
}

function subscriptionState(value: Json): Json | undefined {
  return subscriptionStates.find((state) => state === value)
}

function truth(value: Json): Json | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function time(value: Json): Json | undefined {
  const at = typeof value === 'string' ? parseIso(value) : null
  return at === null ? undefined : toIso(at)
}

function object(value: Json): Json | undefined {
  return isObject(value) ? value : undefined
}

function location(value: Json): Json | undefined {
  if (!isObject(value)) return undefined
  const { longitude, latitude } = value
  if (typeof longitude !== 'number' || Math.abs(longitude) > 180) return undefined
  if (typeof latitude !== 'number' || Math.abs(latitude) > 90) return undefined
  return { longitude, latitude }
}

function pushTokens(value: Json): Json | undefined {
  if (!Array.isArray(value)) return undefined
  const isToken = (token: unknown): boolean =>
    isObject(token) && typeof token.app_id === 'string' && typeof token.token === 'string'
  return value.every(isToken) ? value : undefined
}

export type Details = { readonly [name: string]: Json }

/** The details of a profile that takes in another's: its own win, but sessions are counted from the first to the last. */
export function mergeDetails(kept: Details, orphaned: Details): Details {
  const merged = new Map([...Object.entries(orphaned), ...Object.entries(kept)])
  const choose = (name: string, pick: (a: string, b: string) => boolean): void => {
    const [mine, theirs] = [kept[name], orphaned[name]]
    if (typeof mine === 'string' && typeof theirs === 'string') {
      merged.set(name, pick(mine, theirs) ? mine : theirs)
    }
  }
  choose('date_of_first_session', (a, b) => a <= b)
  choose('date_of_last_session', (a, b) => a >= b)
  return Object.fromEntries(merged)
}
