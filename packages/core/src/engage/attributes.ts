import { type Instant, parseIso, toIso } from '../lib/instant.ts'
import { isObject, type Json } from '../lib/json.ts'
import { changeAttribute } from './custom-attribute.ts'
import { type Profile, type ProfileField, profileFields } from './profile.ts'
import { type Details, isDetail, mergeDetails, readDetail } from './profile-detail.ts'

/** What a profile says of its person. */
export type ProfileContent = Pick<Profile, 'fields' | 'custom'> & {
  /** What Braze names itself and is more than a text, such as `email_subscribe` and `current_location`. */
  readonly details: Details
}

export const emptyContent: ProfileContent = { fields: {}, custom: {}, details: {} }

const known: ReadonlySet<string> = new Set(profileFields)

function isField(name: string): name is ProfileField {
  return known.has(name)
}

/** What is wrong with a set of attributes, in Braze's words, or null. */
export function attributesProblem(attributes: ReadonlyMap<string, Json>): string | null {
  for (const [name, value] of attributes) {
    if (value === null) continue
    if (name === 'subscription_groups') {
      if (readSubscriptionGroups(value) === null) return `'${name}' is not valid`
    } else if (isDetail(name)) {
      if (readDetail(name, value) === undefined) return `'${name}' is not valid`
    } else if (isField(name)) {
      const problem = fieldProblem(name, value)
      if (problem !== null) return problem
    }
  }
  return null
}

function fieldProblem(name: ProfileField, value: Json): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return `'${name}' is not valid`
  if (name === 'email' && !isEmail(String(value))) {
    return "The value provided for the 'email' field is not a valid email."
  }
  if (name === 'dob' && (!/^\d{4}-\d{2}-\d{2}$/.test(String(value)) || parseIso(String(value)) === null)) {
    return "'dob' is not valid"
  }
  return null
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}

export interface AttributeOptions {
  /** Objects are merged into what there is rather than put in its place. */
  readonly mergeObjects?: boolean
  /** When: it is kept beside a subscription that changes. */
  readonly now?: Instant | null
}

/**
 * The content after a set of attributes (braze.md B.3): null removes; what a custom attribute becomes is
 * `changeAttribute`'s; a country that is no code of two letters is none. Subscription groups are kept elsewhere.
 */
export function applyAttributes(
  content: ProfileContent,
  attributes: ReadonlyMap<string, Json>,
  { mergeObjects = false, now = null }: AttributeOptions = {},
): ProfileContent {
  const fields = new Map<string, string>(Object.entries(content.fields))
  const custom = new Map<string, Json>(Object.entries(content.custom))
  const details = new Map<string, Json>(Object.entries(content.details))
  for (const [name, value] of attributes) {
    if (name === 'subscription_groups') continue
    if (isField(name)) {
      if (value === null || (name === 'country' && !/^[A-Za-z]{2}$/.test(String(value)))) fields.delete(name)
      else fields.set(name, String(value))
    } else if (isDetail(name)) {
      const detail = readDetail(name, value)
      if (value === null) details.delete(name)
      else if (detail !== undefined) {
        if (now !== null && details.get(name) !== detail) stamp(details, { name, detail, now })
        details.set(name, detail)
      }
    } else {
      const changed = changeAttribute(custom.get(name), value, mergeObjects)
      if (changed === 'unchanged') continue
      if (changed.value === null) custom.delete(name)
      else custom.set(name, changed.value)
    }
  }
  return {
    fields: Object.fromEntries(fields),
    custom: Object.fromEntries(custom),
    details: Object.fromEntries(details),
  }
}

const stampedAs: { readonly [change: string]: string } = {
  'email_subscribe unsubscribed': 'email_unsubscribed_at',
  'email_subscribe opted_in': 'email_opted_in_at',
  'push_subscribe unsubscribed': 'push_unsubscribed_at',
  'push_subscribe opted_in': 'push_opted_in_at',
}

function stamp(
  details: Map<string, Json>,
  { name, detail, now }: { readonly name: string; readonly detail: Json; readonly now: Instant },
): void {
  const at = stampedAs[`${name} ${String(detail)}`]
  if (at !== undefined) details.set(at, toIso(now))
}

/** The content of a profile that takes in another's: what it has wins, what it lacks is added (braze.md B.2). */
export function mergeContent(kept: ProfileContent, orphaned: ProfileContent): ProfileContent {
  return {
    fields: { ...orphaned.fields, ...kept.fields },
    custom: Object.fromEntries([...Object.entries(orphaned.custom), ...Object.entries(kept.custom)]),
    details: mergeDetails(kept.details, orphaned.details),
  }
}

export interface GroupSubscription {
  readonly groupId: string
  readonly state: 'subscribed' | 'unsubscribed'
}

/** The attribute `subscription_groups`: `[{subscription_group_id, subscription_state}]`; null where it is not that. */
export function readSubscriptionGroups(value: Json): GroupSubscription[] | null {
  if (!Array.isArray(value)) return null
  const read = value.flatMap((item: unknown): GroupSubscription[] => {
    if (!isObject(item) || typeof item.subscription_group_id !== 'string') return []
    const state = item.subscription_state
    if (state !== 'subscribed' && state !== 'unsubscribed') return []
    return [{ groupId: item.subscription_group_id, state }]
  })
  return read.length === value.length ? read : null
}
