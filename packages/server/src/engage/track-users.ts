import {
  applyAttributes,
  emptyContent,
  type ProfileContent,
  readSubscriptionGroups,
} from '@muster/core/engage/attributes.ts'
import type {
  NewAlias,
  Tracked,
  TrackedAttributes,
  TrackedEvent,
  TrackedPurchase,
  TrackedUser,
  UserKey,
} from '@muster/core/engage/track.ts'
import { transient } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { findProfileIds, keyText } from './find-profiles.ts'
import { lockSessions } from './lifecycle-lock.ts'
import {
  addAliases,
  contentOf,
  createAliasOnly,
  createIdentified,
  createUnidentified,
  lockProfiles,
  type ProfileRow,
  writeContents,
} from './profile-store.ts'
import { retryMoved } from './retry-moved.ts'
import { type Subscription, subscribe } from './subscription-store.ts'
import { workspaceId } from './workspace.ts'

/** Who the users of a request are once it is applied, by the text of their keys (`keyText`). */
export interface TrackedKeys {
  readonly made: ReadonlySet<string>
  /** Those who were there, and those who were made. */
  readonly known: ReadonlySet<string>
}

/** Applies a request of `/users/track` in one transaction. */
export async function trackUsers(database: Database, request: Tracked, now: Instant): Promise<void> {
  await retryMoved(() => database.transaction((tx) => applyTracked(tx, request, now)))
}

/**
 * Applies what is told of users, one statement an array: attributes first, then events, then purchases. What addresses
 * nobody and may not make them is left out, as Braze does. Run it within `retryMoved`.
 */
export async function applyTracked(tx: Queryable, request: Tracked, now: Instant): Promise<TrackedKeys> {
  const { attributes, events, purchases } = request
  const tracked = [...attributes, ...events, ...purchases]
  await lockSessions(tx, contactNames(tracked))
  const aliases = await createAliasOnly(tx, newAliasesOf(tracked), now)
  const found = await findUsers(tx, tracked)
  const { created, changed } = foldAttributes(attributes, found, now)
  for (const { user, mayCreate } of [...events, ...purchases]) {
    const text = keyText(user)
    if (mayCreate && !found.has(text) && !created.has(text)) {
      created.set(text, { user, content: startOf(user) })
    }
  }
  const ids = await createUsers(tx, created, now)
  await writeContents(tx, changed, now)
  const profileOf = ({ user }: TrackedUser): number | undefined =>
    found.get(keyText(user))?.profile_id ?? ids.get(keyText(user))
  await subscribe(tx, subscriptionsOf(known(attributes, profileOf)), now)
  await insertEvents(tx, known(events, profileOf))
  await insertPurchases(tx, known(purchases, profileOf))
  return {
    made: new Set([...created.keys(), ...aliases.map((alias) => keyText({ kind: 'alias', ...alias }))]),
    known: new Set([...found.keys(), ...created.keys()]),
  }
}

/** Two requests that may both make the user of one email or phone wait for each other: no unique key stops them. */
function contactNames(tracked: readonly TrackedUser[]): string[] {
  return tracked.flatMap(({ user, mayCreate }) =>
    mayCreate && (user.kind === 'email' || user.kind === 'phone') ? [keyText(user)] : [],
  )
}

interface NewUser {
  readonly user: UserKey
  readonly content: ProfileContent
}

/** What a new user says before any attribute: the email or phone that it is named by. */
function startOf(user: UserKey): ProfileContent {
  if (user.kind === 'email') return { ...emptyContent, fields: { email: user.value } }
  if (user.kind === 'phone') return { ...emptyContent, fields: { phone: user.value } }
  return emptyContent
}

/** Makes the users; returns the profile by the key's text. */
async function createUsers(
  tx: Queryable,
  created: ReadonlyMap<string, NewUser>,
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  const identified = new Map<string, ProfileContent>()
  const texts: string[] = []
  const contents: ProfileContent[] = []
  for (const [text, { user, content }] of created) {
    if (user.kind === 'external_id') identified.set(user.value, content)
    else {
      texts.push(text)
      contents.push(content)
    }
  }
  const ids = await createIdentified(tx, identified, now)
  if (ids.size < identified.size) throw transient('user_appeared', 'another request made the user')
  const others = await createUnidentified(tx, contents, now)
  return new Map([
    ...[...ids].map(([value, id]) => [keyText({ kind: 'external_id', value }), id] as const),
    ...texts.flatMap((text, place) => {
      const id = others[place]
      return id === undefined ? [] : [[text, id] as const]
    }),
  ])
}

function subscriptionsOf(attributes: readonly Known<TrackedAttributes>[]): Subscription[] {
  return attributes.flatMap(({ profileId, attributes: values }) =>
    (readSubscriptionGroups(values.get('subscription_groups') ?? null) ?? []).map((group) => ({
      ...group,
      profileId,
    })),
  )
}

/** Applies a request of `/users/alias/new`; an unknown external_id adds nothing. */
export async function addUserAliases(
  database: Database,
  given: readonly NewAlias[],
  now: Instant,
): Promise<void> {
  await retryMoved(() =>
    database.transaction(async (tx) => {
      await addAliases(
        tx,
        given.flatMap(({ label, name, externalId }) =>
          externalId === null ? [] : [{ label, name, externalId }],
        ),
      )
      await createAliasOnly(
        tx,
        given.filter(({ externalId }) => externalId === null),
        now,
      )
    }),
  )
}

function newAliasesOf(tracked: readonly TrackedUser[]): { label: string; name: string }[] {
  return tracked.flatMap(({ user, mayCreate }) =>
    mayCreate && user.kind === 'alias' ? [{ label: user.label, name: user.name }] : [],
  )
}

/** Who the keys lead to, by the key's text; their rows stay locked. */
async function findUsers(tx: Queryable, tracked: readonly TrackedUser[]): Promise<Map<string, ProfileRow>> {
  const keys = new Map(tracked.map(({ user }) => [keyText(user), user]))
  const ids = await findProfileIds(tx, [...keys.values()])
  const rows = new Map((await lockProfiles(tx, [...ids.values()])).map((row) => [row.profile_id, row]))
  return new Map(
    [...keys.keys()].flatMap((text, place) => {
      const row = rows.get(ids.get(place) ?? 0)
      return row ? [[text, row] as const] : []
    }),
  )
}

interface Folded {
  /** By the key's text: users to make. */
  readonly created: Map<string, NewUser>
  /** By profile: what it says afterwards. */
  readonly changed: Map<number, ProfileContent>
}

/** Applies the objects in their order, so that a user named twice, or by two keys, ends with the last word. */
function foldAttributes(
  attributes: readonly TrackedAttributes[],
  found: ReadonlyMap<string, ProfileRow>,
  now: Instant,
): Folded {
  const folded: Folded = { created: new Map(), changed: new Map() }
  for (const { user, mayCreate, attributes: values, mergeObjects } of attributes) {
    const text = keyText(user)
    const row = found.get(text)
    if (row) {
      const before = folded.changed.get(row.profile_id) ?? contentOf(row)
      folded.changed.set(row.profile_id, applyAttributes(before, values, { mergeObjects, now }))
    } else if (user.kind !== 'alias' && (mayCreate || folded.created.has(text))) {
      const before = folded.created.get(text)?.content ?? startOf(user)
      folded.created.set(text, { user, content: applyAttributes(before, values, { mergeObjects, now }) })
    }
  }
  return folded
}

type Known<T> = T & { readonly profileId: number }

function known<T extends TrackedUser>(
  list: readonly T[],
  profileOf: (tracked: TrackedUser) => number | undefined,
): Known<T>[] {
  return list.flatMap((item) => {
    const profileId = profileOf(item)
    return profileId === undefined ? [] : [{ ...item, profileId }]
  })
}

async function insertEvents(tx: Queryable, events: readonly Known<TrackedEvent>[]): Promise<void> {
  if (events.length === 0) return
  await tx.rows(sql`
    insert into engage.event (workspace_id, profile_id, name, app_id, properties, at)
    select ${workspaceId}, n.profile_id, n.name, n.app_id, n.properties, to_timestamp(n.at / 1000.0)
    from unnest(${events.map((e) => e.profileId)}::bigint[], ${events.map((e) => e.name)}::text[],
                ${events.map((e) => e.appId)}::text[],
                ${events.map((e) => JSON.stringify(e.properties))}::jsonb[],
                ${events.map((e) => e.at)}::float8[]) as n (profile_id, name, app_id, properties, at)`)
}

async function insertPurchases(tx: Queryable, purchases: readonly Known<TrackedPurchase>[]): Promise<void> {
  if (purchases.length === 0) return
  await tx.rows(sql`
    insert into engage.purchase (workspace_id, profile_id, product_id, currency, price, quantity, app_id, properties, at)
    select ${workspaceId}, n.profile_id, n.product_id, n.currency, n.price, n.quantity, n.app_id, n.properties,
      to_timestamp(n.at / 1000.0)
    from unnest(${purchases.map((p) => p.profileId)}::bigint[], ${purchases.map((p) => p.productId)}::text[],
                ${purchases.map((p) => p.currency)}::text[], ${purchases.map((p) => p.price)}::numeric[],
                ${purchases.map((p) => p.quantity)}::int[], ${purchases.map((p) => p.appId)}::text[],
                ${purchases.map((p) => JSON.stringify(p.properties))}::jsonb[],
                ${purchases.map((p) => p.at)}::float8[])
      as n (profile_id, product_id, currency, price, quantity, app_id, properties, at)`)
}
