import { applyAttributes, emptyContent, type ProfileContent } from '@muster/core/engage/attributes.ts'
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
import {
  addAliases,
  contentOf,
  createAliasOnly,
  createIdentified,
  lockProfiles,
  type ProfileRow,
  writeContents,
} from './profile-store.ts'
import { retryMoved } from './retry-moved.ts'
import { workspaceId } from './workspace.ts'

/**
 * Applies a request of `/users/track` in one transaction, one statement an array: attributes first, then events, then
 * purchases. What addresses nobody and may not make them is left out, as Braze does.
 */
export async function trackUsers(database: Database, request: Tracked, now: Instant): Promise<void> {
  const { attributes, events, purchases } = request
  await retryMoved(() =>
    database.transaction(async (tx) => {
      const tracked = [...attributes, ...events, ...purchases]
      await createAliasOnly(tx, newAliasesOf(tracked), now)
      const found = await findUsers(tx, tracked)
      const { created, changed } = foldAttributes(attributes, found)
      for (const { user, mayCreate } of [...events, ...purchases]) {
        const isNew = mayCreate && user.kind === 'external_id' && !found.has(textOf(user))
        if (isNew && !created.has(user.value)) created.set(user.value, emptyContent)
      }
      const ids = await createIdentified(tx, created, now)
      if (ids.size < created.size) throw transient('user_appeared', 'another request made the user')
      await writeContents(tx, changed, now)
      const profileOf = ({ user }: TrackedUser): number | undefined =>
        found.get(textOf(user))?.profile_id ?? (user.kind === 'external_id' ? ids.get(user.value) : undefined)
      await insertEvents(tx, known(events, profileOf))
      await insertPurchases(tx, known(purchases, profileOf))
    }),
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

function textOf(user: UserKey): string {
  return user.kind === 'alias'
    ? JSON.stringify([user.kind, user.label, user.name])
    : JSON.stringify([user.kind, user.value])
}

/** Who the keys lead to, by the key's text; their rows stay locked. */
async function findUsers(tx: Queryable, tracked: readonly TrackedUser[]): Promise<Map<string, ProfileRow>> {
  const keys = new Map(tracked.map(({ user }) => [textOf(user), user]))
  const ids = await findProfileIds(tx, [...keys.values()])
  const rows = new Map((await lockProfiles(tx, [...ids.values()])).map((row) => [row.profile_id, row]))
  return new Map(
    [...keys.keys()].flatMap((text, place) => {
      const row = rows.get(ids.get(place) ?? 0)
      return row ? [[text, row] as const] : []
    }),
  )
}

/** The profile of each key by the key's place. `offset 0` keeps each look-up one index probe, as in an import. */
async function findProfileIds(
  tx: Queryable,
  users: readonly UserKey[],
): Promise<ReadonlyMap<number, number>> {
  const valuesOf = (kind: UserKey['kind']): (string | null)[] =>
    users.map((user) => (user.kind !== kind ? null : user.kind === 'alias' ? user.name : user.value))
  const labels = users.map((user) => (user.kind === 'alias' ? user.label : null))
  const rows = await tx.rows<{ place: number; profile_id: number }>(sql`
      select i.place, coalesce(named.profile_id, alias.profile_id, by_braze_id.profile_id) as profile_id
      from unnest(${valuesOf('external_id')}::text[], ${labels}::text[], ${valuesOf('alias')}::text[],
                  ${valuesOf('braze_id')}::text[]) with ordinality as i (external_id, label, name, braze_id, place)
      left join lateral (
        select p.profile_id from engage.profile p
        where p.workspace_id = ${workspaceId} and p.external_id = i.external_id offset 0) named on true
      left join lateral (
        select a.profile_id from engage.alias a
        where a.workspace_id = ${workspaceId} and a.label = i.label and a.name = i.name offset 0) alias on true
      left join lateral (
        select p.profile_id from engage.profile p
        where p.workspace_id = ${workspaceId} and p.braze_id = i.braze_id offset 0) by_braze_id on true`)
  return new Map(rows.flatMap(({ place, profile_id: id }) => (id === null ? [] : [[place - 1, id] as const])))
}

interface Folded {
  /** By external_id: profiles to make. */
  readonly created: Map<string, ProfileContent>
  /** By profile: what it says afterwards. */
  readonly changed: Map<number, ProfileContent>
}

/** Applies the objects in their order, so that a user named twice, or by two keys, ends with the last word. */
function foldAttributes(
  attributes: readonly TrackedAttributes[],
  found: ReadonlyMap<string, ProfileRow>,
): Folded {
  const folded: Folded = { created: new Map(), changed: new Map() }
  for (const { user, mayCreate, attributes: values } of attributes) {
    const row = found.get(textOf(user))
    if (row) {
      const before = folded.changed.get(row.profile_id) ?? contentOf(row)
      folded.changed.set(row.profile_id, applyAttributes(before, values))
    } else if (user.kind === 'external_id' && (mayCreate || folded.created.has(user.value))) {
      const before = folded.created.get(user.value) ?? emptyContent
      folded.created.set(user.value, applyAttributes(before, values))
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
