import { isObject, type Json } from '../lib/json.ts'
import { hasForbiddenCharacter, idOf, utf8Length } from '../lib/text.ts'
import { userLimits } from './limits.ts'

/** How an object of the user endpoints names its user. */
export type UserKey =
  | { readonly kind: 'external_id'; readonly value: string }
  | { readonly kind: 'alias'; readonly label: string; readonly name: string }
  | { readonly kind: 'braze_id'; readonly value: string }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'phone'; readonly value: string }

/** A JSON object as it came over the wire. */
export type Fields = { readonly [key: string]: unknown }

/** external_id before braze_id before user_alias before email before phone, where an object has several. */
export function readUser(object: Fields): UserKey | string {
  if (object.external_id !== undefined && object.external_id !== null) {
    const value = idOf(object.external_id)
    if (value === null) return "'external_id' is required"
    if (utf8Length(value) >= userLimits.externalIdBytes) {
      return `'external_id' must be fewer than ${userLimits.externalIdBytes} bytes`
    }
    return { kind: 'external_id', value }
  }
  const brazeId = idOf(object.braze_id ?? object.appboy_id)
  if (brazeId !== null) return { kind: 'braze_id', value: brazeId }
  if (isObject(object.user_alias)) return readAlias(object.user_alias)
  for (const kind of ['email', 'phone'] as const) {
    const value = idOf(object[kind])
    if (value !== null && utf8Length(value) < userLimits.externalIdBytes) return { kind, value }
  }
  return "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
}

export function readAlias(alias: Fields): (UserKey & { kind: 'alias' }) | string {
  const label = idOf(alias.alias_label)
  if (label === null) return "'alias_label' must be a String"
  const name = idOf(alias.alias_name)
  if (name === null) return "'alias_name' must be a String"
  for (const part of [label, name]) {
    if (utf8Length(part) >= userLimits.externalIdBytes) {
      return `an alias must be fewer than ${userLimits.externalIdBytes} bytes`
    }
  }
  return { kind: 'alias', label, name }
}

/** True for a JSON value that `jsonb` can hold: no NUL, whole characters, nested at most 32 deep. */
export function isStorable(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'string') return !hasForbiddenCharacter(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (depth >= userLimits.depth) return false
  if (Array.isArray(value)) return value.every((part) => isStorable(part, depth + 1))
  if (!isObject(value)) return false
  return Object.entries(value).every(
    ([key, part]) => !hasForbiddenCharacter(key) && isStorable(part, depth + 1),
  )
}
