import type { UserKey } from '@muster/core/engage/track.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { profileOfExternalId } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/** Which of several profiles with one email or phone is meant; each is followed by the next that says more. */
export const priorities = [
  'identified',
  'unidentified',
  'most_recently_updated',
  'least_recently_updated',
] as const
export type Priority = (typeof priorities)[number]

/** As `/users/track` chooses: the identified profile that was updated last, else the one that was updated last. */
const trackOrder: readonly Priority[] = ['identified', 'most_recently_updated']

/** The text under which a key's user is kept in a map. */
export function keyText(user: UserKey): string {
  if (user.kind === 'alias') return JSON.stringify([user.kind, user.label, user.name])
  return JSON.stringify([user.kind, user.kind === 'email' ? user.value.toLowerCase() : user.value])
}

/**
 * The profile of each key by the key's place; a deprecated external_id leads to its user. `offset 0` keeps each look-up
 * one index probe, as in an import.
 */
export async function findProfileIds(
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
      left join lateral (${profileOfExternalId(sql`i.external_id`)} offset 0) named on true
      left join lateral (
        select a.profile_id from engage.alias a
        where a.workspace_id = ${workspaceId} and a.label = i.label and a.name = i.name offset 0) alias on true
      left join lateral (
        select p.profile_id from engage.profile p
        where p.workspace_id = ${workspaceId} and p.braze_id = i.braze_id offset 0) by_braze_id on true`)
  const found = new Map(
    rows.flatMap(({ place, profile_id: id }) => (id === null ? [] : [[place - 1, id] as const])),
  )
  const contacts = users.flatMap((user, place) =>
    user.kind === 'email' || user.kind === 'phone' ? [{ ...user, place, order: trackOrder }] : [],
  )
  for (const [place, id] of await findContacts(tx, contacts)) found.set(place, id)
  return found
}

export interface Contact {
  readonly kind: 'email' | 'phone'
  readonly value: string
  readonly place: number
  readonly order: readonly Priority[]
}

/** The profile of each email or phone by its place, chosen among several by its order. */
export async function findContacts(
  tx: Queryable,
  contacts: readonly Contact[],
): Promise<ReadonlyMap<number, number>> {
  if (contacts.length === 0) return new Map()
  const has = (contact: Contact, priority: Priority): boolean => contact.order.includes(priority)
  const rows = await tx.rows<{ place: number; profile_id: number }>(sql`
    select i.place, chosen.profile_id
    from unnest(${contacts.map((c) => (c.kind === 'email' ? c.value : null))}::text[],
                ${contacts.map((c) => (c.kind === 'phone' ? c.value : null))}::text[],
                ${contacts.map((c) => has(c, 'identified'))}::boolean[],
                ${contacts.map((c) => has(c, 'unidentified'))}::boolean[],
                ${contacts.map((c) => has(c, 'least_recently_updated'))}::boolean[],
                ${contacts.map((c) => c.place)}::int[])
      as i (email, phone, identified_first, unidentified_only, oldest_first, place)
    cross join lateral (
      select p.profile_id, p.external_id, p.updated_at from (
        select profile_id, external_id, updated_at from engage.profile
        where workspace_id = ${workspaceId} and lower(email) = lower(i.email)
        union all
        select profile_id, external_id, updated_at from engage.profile
        where workspace_id = ${workspaceId} and phone = i.phone offset 0) p
      where p.external_id is null or not i.unidentified_only
      order by
        case when i.identified_first then p.external_id is null end,
        case when i.oldest_first then p.updated_at end,
        p.updated_at desc, p.profile_id desc
      limit 1) chosen`)
  return new Map(rows.map(({ place, profile_id: id }) => [place, id]))
}
