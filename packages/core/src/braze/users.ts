import { type Instant, parseIso } from '../lib/instant.ts'
import { isObject, type Json } from '../lib/json.ts'
import { hasForbiddenCharacter, idOf, utf8Length } from '../lib/text.ts'
import type { Parsed } from './cohorts.ts'
import { userLimits } from './limits.ts'
import { type Fields, isStorable, readAlias, readUser, type UserKey } from './user-key.ts'

/**
 * Braze's user endpoints: `POST /users/track` and `POST /users/alias/new`
 * (braze-docs `post_user_track.md`, `post_user_alias.md`, `user_attributes_object.md`), and the SDK endpoint, which is
 * Muster's own: Braze's SDKs speak an undocumented protocol.
 */

interface TrackedUser {
  readonly user: UserKey
  /** A user that does not exist yet is made. */
  readonly mayCreate: boolean
}

export interface TrackedAttributes extends TrackedUser {
  /** Place in the request's array, for errors that show later. */
  readonly index: number
  /** Known fields and custom attributes by name; null removes. */
  readonly attributes: ReadonlyMap<string, Json>
  /** `_merge_objects`. */
  readonly mergeObjects: boolean
}

interface TrackedEvent extends TrackedUser {
  readonly name: string
  readonly at: Instant
  readonly appId: string | null
  readonly properties: Json
}

interface TrackedPurchase extends TrackedUser {
  readonly productId: string
  readonly currency: string
  readonly price: number
  readonly quantity: number
  readonly at: Instant
  readonly appId: string | null
  readonly properties: Json
}

export const trackArrays = ['attributes', 'events', 'purchases'] as const
export type TrackArray = (typeof trackArrays)[number]

/** Why one object of a request was left out, in Braze's shape. */
export interface TrackProblem {
  readonly type: string
  readonly input_array: TrackArray | 'user_aliases' | 'sessions'
  readonly index: number
}

export interface TrackRequest {
  readonly attributes: readonly TrackedAttributes[]
  readonly events: readonly TrackedEvent[]
  readonly purchases: readonly TrackedPurchase[]
  /** The arrays that the request has: only they are counted in the answer. */
  readonly supplied: readonly TrackArray[]
  readonly problems: readonly TrackProblem[]
}

type TrackLimit = 'combined' | 'each'

/**
 * Takes the body of `/users/track` and the time (an event of the future happens now). A wrong object is a problem of
 * its own and is left out. More than 75 objects refuse the request: over the three arrays together, as Braze counts for new
 * accounts, or in one of them, as it did before.
 */
export function parseTrack(
  body: unknown,
  now: Instant,
  limit: TrackLimit = 'combined',
): Parsed<TrackRequest> {
  if (!isObject(body)) return { ok: false, refusal: 'bad_json' }
  const supplied = trackArrays.filter((name) => body[name] !== undefined && body[name] !== null)
  if (supplied.some((name) => !Array.isArray(body[name]))) return { ok: false, refusal: 'no_data' }
  const objects = (name: TrackArray): readonly unknown[] => {
    const list = body[name]
    return Array.isArray(list) ? list : []
  }
  const lengths = trackArrays.map((name) => objects(name).length)
  const counted = limit === 'each' ? Math.max(...lengths) : lengths.reduce((sum, length) => sum + length)
  if (counted > userLimits.trackObjects) return { ok: false, refusal: 'too_many_objects' }
  const problems: TrackProblem[] = []
  const readAll = <T>(name: TrackArray, read: (object: Fields, index: number) => T | string): T[] =>
    objects(name).flatMap((object, index) => {
      const found = isObject(object) ? read(object, index) : 'an object is required'
      if (typeof found !== 'string') return [found]
      problems.push({ type: found, input_array: name, index })
      return []
    })
  return {
    ok: true,
    value: {
      attributes: readAll('attributes', readAttributes),
      events: readAll('events', (object) => readEvent(object, now)),
      purchases: readAll('purchases', (object) => readPurchase(object, now)),
      supplied,
      problems,
    },
  }
}

const controlKeys = new Set([
  'external_id',
  'user_alias',
  'braze_id',
  'appboy_id',
  '_update_existing_only',
  '_merge_objects',
  'push_token_import',
])

function readAttributes(object: Fields, index: number): TrackedAttributes | string {
  const user = readUser(object)
  if (typeof user === 'string') return user
  const attributes = readAttributeMap(object)
  if (typeof attributes === 'string') return attributes
  // Braze: attributes addressed by alias make no user unless told to; all others do unless told not to.
  const existingOnly = object._update_existing_only ?? user.kind === 'alias'
  const mayCreate = existingOnly === false && user.kind !== 'braze_id'
  return { index, user, mayCreate, attributes, mergeObjects: object._merge_objects === true }
}

/** The attributes of an object without its control keys, or what is wrong with one. */
function readAttributeMap(object: Fields): ReadonlyMap<string, Json> | string {
  const attributes = new Map<string, Json>()
  for (const [name, value] of Object.entries(object)) {
    if (controlKeys.has(name)) continue
    if (name === '' || utf8Length(name) > 255 || hasForbiddenCharacter(name) || !isStorable(value)) {
      return `'${name.slice(0, 50).toWellFormed()}' is not valid`
    }
    attributes.set(name, value)
  }
  return attributes
}

function readEvent(object: Fields, now: Instant): TrackedEvent | string {
  const user = readUser(object)
  if (typeof user === 'string') return user
  const name = idOf(object.name)
  if (name === null) return missingProperty('name')
  const at = readTime(object.time, now)
  if (at === null) return object.time === undefined ? missingProperty('time') : "'time' is not valid"
  const common = readCommon(object)
  if (typeof common === 'string') return common
  return { user, mayCreate: mayCreateByUse(object, user), name, at, ...common }
}

function readPurchase(object: Fields, now: Instant): TrackedPurchase | string {
  const user = readUser(object)
  if (typeof user === 'string') return user
  const productId = idOf(object.product_id)
  if (productId === null) return missingProperty('product_id')
  const { currency, price, quantity = 1 } = object
  if (currency === undefined) return missingProperty('currency')
  if (typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)) return "'currency' is not valid"
  if (price === undefined) return missingProperty('price')
  if (typeof price !== 'number' || !Number.isFinite(price)) return "'price' is not valid"
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1 || quantity > 100) {
    return "'quantity' is not valid"
  }
  const at = readTime(object.time, now)
  if (at === null) return object.time === undefined ? missingProperty('time') : "'time' is not valid"
  const common = readCommon(object)
  if (typeof common === 'string') return common
  const bought = { productId, currency: currency.toUpperCase(), price, quantity, at }
  return { user, mayCreate: mayCreateByUse(object, user), ...bought, ...common }
}

/** Events and purchases make no user who is named by an alias. */
function mayCreateByUse(object: Fields, { kind }: UserKey): boolean {
  return kind !== 'alias' && kind !== 'braze_id' && object._update_existing_only !== true
}

function readCommon(object: Fields): { appId: string | null; properties: Json } | string {
  const { properties = {}, app_id: appId = null } = object
  if (!isObject(properties) || !isStorable(properties)) return "'properties' is not valid"
  if (appId !== null && idOf(appId) === null) return "'app_id' is not valid"
  return { appId: idOf(appId), properties }
}

function missingProperty(name: string): string {
  return `The property '#/' did not contain a required property of '${name}'`
}

function readTime(value: unknown, now: Instant): Instant | null {
  if (typeof value !== 'string') return null
  // `yyyy-MM-dd'T'HH:mm:ss:SSSZ` sets milliseconds off with a colon.
  const at = parseIso(value.replace(/^(\S{10}[T ]\d{2}:\d{2}:\d{2}):(\d{1,3})/, '$1.$2'))
  return at === null ? null : Math.min(at, now)
}

/** `POST /users/alias/new`: an alias for a user, or, without an external_id, a new user known only by it. */
export interface NewAlias {
  readonly label: string
  readonly name: string
  readonly externalId: string | null
}

export interface AliasRequest {
  readonly aliases: readonly NewAlias[]
  readonly problems: readonly TrackProblem[]
}

/** Takes the body of `/users/alias/new`, at most 50 aliases. */
export function parseAliases(body: unknown): Parsed<AliasRequest> {
  if (!isObject(body)) return { ok: false, refusal: 'bad_json' }
  const list = body.user_aliases
  if (!Array.isArray(list) || list.length === 0) return { ok: false, refusal: 'user_aliases' }
  if (list.length > userLimits.aliasesPerRequest) return { ok: false, refusal: 'too_many_aliases' }
  const problems: TrackProblem[] = []
  const aliases = list.flatMap((raw: unknown, index): NewAlias[] => {
    const alias = isObject(raw) ? readAlias(raw) : 'an object is required'
    const owner = isObject(raw) && (raw.external_id ?? null) !== null ? idOf(raw.external_id) : null
    if (typeof alias !== 'string') return [{ label: alias.label, name: alias.name, externalId: owner }]
    problems.push({ type: alias, input_array: 'user_aliases', index })
    return []
  })
  return { ok: true, value: { aliases, problems } }
}

/** One session of the SDK endpoint. */
export interface OpenedSession {
  readonly deviceId: string
  /** Null: nobody has signed in on the device in this session. */
  readonly userId: string | null
  readonly attributes: ReadonlyMap<string, Json>
}

/** Takes the body of `/sdk/session`: one session, or `sessions` with at most 1,000. All must be right. */
export function parseSessions(body: unknown): Parsed<readonly OpenedSession[]> {
  if (!isObject(body)) return { ok: false, refusal: 'bad_json' }
  const many = body.sessions
  if (many !== undefined && (!Array.isArray(many) || many.length > userLimits.sessionsPerRequest)) {
    return { ok: false, refusal: 'sessions' }
  }
  const sessions: OpenedSession[] = []
  for (const raw of Array.isArray(many) ? many : [body]) {
    const session = readSession(raw)
    if (session === null) return { ok: false, refusal: many === undefined ? 'device_id' : 'sessions' }
    sessions.push(session)
  }
  return { ok: true, value: sessions }
}

function readSession(raw: unknown): OpenedSession | null {
  if (!isObject(raw)) return null
  const deviceId = idOf(raw.device_id)
  const userId = (raw.user_id ?? null) === null ? null : idOf(raw.user_id)
  if (deviceId === null || ((raw.user_id ?? null) !== null && userId === null)) return null
  for (const id of [deviceId, userId ?? '']) {
    if (utf8Length(id) >= userLimits.externalIdBytes) return null
  }
  const attributes = readAttributeMap(isObject(raw.attributes) ? raw.attributes : {})
  return typeof attributes === 'string' ? null : { deviceId, userId, attributes }
}
