import { isObject } from '../lib/json.ts'
import { idOf, utf8Length } from '../lib/text.ts'
import type { Parsed } from './cohorts.ts'
import type { BrazeRefusal } from './errors.ts'
import { userLimits } from './limits.ts'
import { type Fields, readAlias, readUser, type UserKey } from './user-key.ts'

/**
 * Braze's endpoints that change who a user is: `/users/alias/update`, `/users/identify`, `/users/merge`,
 * `/users/external_ids/rename|remove` and `/users/delete` (braze-docs `post_users_alias_update.md`,
 * `post_user_identify.md`, `post_users_merge.md`, `post_external_ids_rename.md`, `post_user_delete.md`).
 */

/** Why one object of a request was left out. */
export interface IdentityProblem {
  readonly type: string
  readonly input_array: string
  readonly index: number
}

interface Sorted<T> {
  readonly good: readonly T[]
  readonly problems: readonly IdentityProblem[]
}

function sortOut<T>(name: string, list: readonly unknown[], read: (object: Fields) => T | string): Sorted<T> {
  const problems: IdentityProblem[] = []
  const good = list.flatMap((raw, index): T[] => {
    const found = isObject(raw) ? read(raw) : 'an object is required'
    if (typeof found !== 'string') return [found]
    problems.push({ type: found, input_array: name, index })
    return []
  })
  return { good, problems }
}

function refuse(refusal: BrazeRefusal): { readonly ok: false; readonly refusal: BrazeRefusal } {
  return { ok: false, refusal }
}

export interface AliasUpdate {
  readonly label: string
  readonly oldName: string
  readonly newName: string
}

export interface AliasUpdates {
  readonly updates: readonly AliasUpdate[]
  readonly problems: readonly IdentityProblem[]
}

/** Takes the body of `/users/alias/update`, at most 50. */
export function parseAliasUpdates(body: unknown): Parsed<AliasUpdates> {
  if (!isObject(body)) return refuse('bad_json')
  const list = body.alias_updates
  if (!Array.isArray(list) || list.length === 0) return refuse('alias_updates')
  if (list.length > userLimits.aliasesPerRequest) return refuse('too_many_aliases')
  const { good, problems } = sortOut('alias_updates', list, (object): AliasUpdate | string => {
    const label = object.alias_label
    const before = readAlias({ alias_label: label, alias_name: object.old_alias_name })
    if (typeof before === 'string') return "'old_alias_name' must be a String"
    const after = readAlias({ alias_label: label, alias_name: object.new_alias_name })
    if (typeof after === 'string') return "'new_alias_name' must be a String"
    return { label: before.label, oldName: before.name, newName: after.name }
  })
  return { ok: true, value: { updates: good, problems } }
}

const priorities = ['identified', 'unidentified', 'most_recently_updated', 'least_recently_updated'] as const

/** A user known by an alias, email or phone who is to be the user of an external_id. */
export interface Identification {
  readonly user: UserKey & { readonly kind: 'alias' | 'email' | 'phone' }
  readonly externalId: string
  readonly order: readonly (typeof priorities)[number][]
}

export interface IdentifyRequest {
  readonly identifications: readonly Identification[]
  /** How many objects of each array are good; absent arrays are absent. */
  readonly counts: Readonly<Record<string, number>>
  /** `merge_behavior`: what the user says goes over too, or not. */
  readonly mergeContents: boolean
  readonly problems: readonly IdentityProblem[]
}

const identifyArrays = [
  { name: 'aliases_to_identify', counted: 'aliases_processed' },
  { name: 'emails_to_identify', counted: 'emails_processed' },
  { name: 'phone_numbers_to_identify', counted: 'phone_numbers_processed' },
] as const

/** Takes the body of `/users/identify`, at most 50 in each array. */
export function parseIdentify(body: unknown): Parsed<IdentifyRequest> {
  if (!isObject(body)) return refuse('bad_json')
  const identifications: Identification[] = []
  const problems: IdentityProblem[] = []
  const counts: Record<string, number> = {}
  for (const { name, counted } of identifyArrays) {
    const list = body[name]
    if (list === undefined || list === null) continue
    if (!Array.isArray(list)) return refuse('to_identify')
    if (list.length > userLimits.aliasesPerRequest) return refuse('too_many_aliases')
    const sorted = sortOut(name, list, readIdentification)
    identifications.push(...sorted.good)
    problems.push(...sorted.problems)
    counts[counted] = sorted.good.length
  }
  if (identifications.length + problems.length === 0) return refuse('to_identify')
  return {
    ok: true,
    value: { identifications, counts, mergeContents: body.merge_behavior !== 'none', problems },
  }
}

function readIdentification(object: Fields): Identification | string {
  const externalId = readExternalId(object.external_id)
  if (externalId === null) return "'external_id' is required"
  const { external_id: _, braze_id: __, appboy_id: ___, ...rest } = object
  const user = readUser(rest)
  if (typeof user === 'string') return user
  if (user.kind !== 'alias' && user.kind !== 'email' && user.kind !== 'phone') {
    return "'user_alias' is required"
  }
  const wanted: readonly unknown[] = Array.isArray(object.prioritization) ? object.prioritization : []
  const order = priorities.filter((priority) => wanted.includes(priority))
  return { user, externalId, order: order.length > 0 ? order : ['unidentified', 'most_recently_updated'] }
}

export interface MergeUpdate {
  readonly merge: UserKey
  readonly keep: UserKey
}

/** Takes the body of `/users/merge`, at most 50; one that is wrong refuses the request. */
export function parseMerge(body: unknown): Parsed<readonly MergeUpdate[]> {
  if (!isObject(body)) return refuse('bad_json')
  const list = body.merge_updates
  if (!Array.isArray(list) || list.length === 0 || !list.every(isObject)) return refuse('merge_updates')
  if (list.length > userLimits.aliasesPerRequest) return refuse('too_many_merges')
  const updates: MergeUpdate[] = []
  for (const object of list) {
    const names = Object.keys(object).sort()
    if (names.join() !== 'identifier_to_keep,identifier_to_merge') return refuse('merge_keys')
    const { identifier_to_merge: from, identifier_to_keep: into } = object
    const merge = isObject(from) ? readUser(from) : ''
    const keep = isObject(into) ? readUser(into) : ''
    if (typeof merge === 'string' || typeof keep === 'string') return refuse('merge_identifiers')
    updates.push({ merge, keep })
  }
  return { ok: true, value: updates }
}

export interface Rename {
  readonly current: string
  readonly next: string
}

/** Takes the body of `/users/external_ids/rename`, at most 50; one that is wrong refuses the request. */
export function parseRenames(body: unknown): Parsed<readonly Rename[]> {
  if (!isObject(body)) return refuse('bad_json')
  const list = body.external_id_renames
  if (!Array.isArray(list) || list.length === 0) return refuse('external_id_renames')
  if (list.length > userLimits.aliasesPerRequest) return refuse('too_many_users')
  const renames = list.flatMap((raw: unknown): Rename[] => {
    const current = isObject(raw) ? readExternalId(raw.current_external_id) : null
    const next = isObject(raw) ? readExternalId(raw.new_external_id) : null
    return current === null || next === null ? [] : [{ current, next }]
  })
  return renames.length === list.length ? { ok: true, value: renames } : refuse('external_id_renames')
}

/** Takes the body of `/users/external_ids/remove`, at most 50. */
export function parseRemovals(body: unknown): Parsed<readonly string[]> {
  if (!isObject(body)) return refuse('bad_json')
  const list = body.external_ids
  if (!Array.isArray(list) || list.length === 0) return refuse('external_ids')
  if (list.length > userLimits.aliasesPerRequest) return refuse('too_many_users')
  const ids = list.flatMap((raw: unknown) => readExternalId(raw) ?? [])
  return ids.length === list.length ? { ok: true, value: ids } : refuse('external_ids')
}

const deleteArrays: readonly (readonly [name: string, read: (raw: unknown) => UserKey | string])[] = [
  ['external_ids', (raw) => readUser({ external_id: raw })],
  ['user_aliases', (raw) => (isObject(raw) ? readAlias(raw) : '')],
  ['braze_ids', (raw) => readUser({ braze_id: raw })],
  ['email_addresses', (raw) => readContact('email', raw)],
  ['phone_numbers', (raw) => readContact('phone', raw)],
]

/** Takes the body of `/users/delete`, at most 50 over all arrays; returns the users in order. */
export function parseDeletion(body: unknown): Parsed<readonly UserKey[]> {
  if (!isObject(body)) return refuse('bad_json')
  const users: UserKey[] = []
  for (const [name, read] of deleteArrays) {
    const list = body[name]
    if (list === undefined || list === null) continue
    if (!Array.isArray(list)) return refuse('no_ids')
    for (const raw of list) {
      const user = read(raw)
      if (typeof user === 'string') return refuse('no_ids')
      users.push(user)
    }
  }
  if (users.length === 0) return refuse('no_ids')
  return users.length > userLimits.aliasesPerRequest ? refuse('too_many_users') : { ok: true, value: users }
}

/** Takes an email or phone, or `{email, prioritization}`. */
function readContact(kind: 'email' | 'phone', raw: unknown): UserKey | string {
  return readUser({ [kind]: isObject(raw) ? raw[kind] : raw })
}

function readExternalId(raw: unknown): string | null {
  const id = idOf(raw)
  return id !== null && utf8Length(id) < userLimits.externalIdBytes ? id : null
}
