import type { Instant } from '../lib/instant.ts'
import type { Json } from '../lib/json.ts'

/** What is told of users, whoever tells it: what the engagement half applies. */

/** How a teller names a user. */
export type UserKey =
  | { readonly kind: 'external_id'; readonly value: string }
  | { readonly kind: 'alias'; readonly label: string; readonly name: string }
  | { readonly kind: 'braze_id'; readonly value: string }
  /** Not unique: the identified profile that was updated last, else the one that was updated last. */
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'phone'; readonly value: string }

/** Whom an export asks for: an email and a phone mean all who have it. */
export type ExportedKey = UserKey | { readonly kind: 'device_id'; readonly value: string }

export interface TrackedUser {
  readonly user: UserKey
  /** A user that does not exist yet is made. */
  readonly mayCreate: boolean
}

export interface TrackedAttributes extends TrackedUser {
  /** Known fields and custom attributes by name; null removes. */
  readonly attributes: ReadonlyMap<string, Json>
  /** Objects are merged into what there is rather than put in its place. */
  readonly mergeObjects: boolean
}

export interface TrackedEvent extends TrackedUser {
  readonly name: string
  readonly at: Instant
  readonly appId: string | null
  readonly properties: Json
}

export interface TrackedPurchase extends TrackedUser {
  readonly productId: string
  readonly currency: string
  readonly price: number
  readonly quantity: number
  readonly at: Instant
  readonly appId: string | null
  readonly properties: Json
}

export interface Tracked {
  readonly attributes: readonly TrackedAttributes[]
  readonly events: readonly TrackedEvent[]
  readonly purchases: readonly TrackedPurchase[]
}

/** An alias for a user, or, without an external_id, for a new user known only by it. */
export interface NewAlias {
  readonly label: string
  readonly name: string
  readonly externalId: string | null
}

/** A session of a device. */
export interface OpenedSession {
  readonly deviceId: string
  /** Null: nobody has signed in on the device in this session. */
  readonly userId: string | null
  readonly attributes: ReadonlyMap<string, Json>
}
