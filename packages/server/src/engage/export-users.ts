import { profileFields } from '@muster/core/engage/profile.ts'
import type { ExportedKey } from '@muster/core/engage/track.ts'
import { type Instant, toIso } from '@muster/core/lib/instant.ts'
import type { Json } from '@muster/core/lib/json.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { findProfileIds } from './find-profiles.ts'
import { type ProfileRow, profileColumns } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/** A user as Braze exports one. */
export type ExportedUser = Readonly<Record<string, Json>>

interface ExportRow extends ProfileRow {
  readonly aliases: readonly { readonly alias_name: string; readonly alias_label: string }[]
  readonly devices: readonly string[]
  readonly custom_events: readonly Used[]
  readonly purchases: readonly Used[]
  readonly total_revenue: number
  readonly sessions: { readonly first: string | null; readonly last: string | null; readonly count: number }
  readonly subscription_groups: readonly Json[]
}

type Used = { readonly name: string; readonly first: string; readonly last: string; readonly count: number }

/** The profiles of whom is asked for, each once, and the external_ids that nobody has. */
export async function findExported(
  database: Queryable,
  users: readonly ExportedKey[],
): Promise<{ readonly profileIds: readonly number[]; readonly unknownIds: readonly string[] }> {
  const named = users.flatMap((user) =>
    user.kind === 'external_id' || user.kind === 'alias' || user.kind === 'braze_id' ? [user] : [],
  )
  const found = await findProfileIds(database, named)
  const wanted = (kind: ExportedKey['kind']): string | null =>
    users.flatMap((user) => (user.kind === kind && 'value' in user ? [user.value] : []))[0] ?? null
  const others = await database.rows<{ profile_id: number }>(sql`
    select profile_id from engage.profile
    where workspace_id = ${workspaceId} and lower(email) = lower(${wanted('email')})
    union
    select profile_id from engage.profile where workspace_id = ${workspaceId} and phone = ${wanted('phone')}
    union
    select profile_id from engage.device where workspace_id = ${workspaceId} and device_id = ${wanted('device_id')}
    order by 1`)
  return {
    profileIds: [...new Set([...found.values(), ...others.map((row) => row.profile_id)])],
    unknownIds: named.flatMap((user, place) =>
      user.kind === 'external_id' && !found.has(place) ? [user.value] : [],
    ),
  }
}

/** Users by their ids, in the order of these, with the fields that are wanted; null: all that Muster keeps. */
export async function exportUsers(
  database: Queryable,
  profileIds: readonly number[],
  fields: ReadonlySet<string> | null,
): Promise<ExportedUser[]> {
  if (profileIds.length === 0) return []
  const rows = await database.rows<ExportRow>(sql`
    select ${profileColumns}, aliases.aliases, devices.devices, events.custom_events, bought.purchases,
      bought.total_revenue, sessions.sessions, groups.subscription_groups
    from unnest(${[...profileIds]}::bigint[]) with ordinality as i (profile_id, place)
    join engage.profile p on p.workspace_id = ${workspaceId} and p.profile_id = i.profile_id
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('alias_name', a.name, 'alias_label', a.label)
        order by a.label), '[]') as aliases
      from engage.alias a where a.workspace_id = p.workspace_id and a.profile_id = p.profile_id) aliases
    cross join lateral (
      select coalesce(jsonb_agg(d.device_id order by d.device_id), '[]') as devices
      from engage.device d where d.workspace_id = p.workspace_id and d.profile_id = p.profile_id) devices
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('name', e.name, 'first', e.first, 'last', e.last,
        'count', e.count) order by e.name), '[]') as custom_events
      from (select name, min(at) as first, max(at) as last, count(*) as count from engage.event
            where workspace_id = p.workspace_id and profile_id = p.profile_id group by name) e) events
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('name', b.product_id, 'first', b.first, 'last', b.last,
        'count', b.count) order by b.product_id), '[]') as purchases,
        coalesce(sum(b.revenue), 0)::float8 as total_revenue
      from (select product_id, min(at) as first, max(at) as last, count(*) as count,
              sum(price * quantity) as revenue from engage.purchase
            where workspace_id = p.workspace_id and profile_id = p.profile_id group by product_id) b) bought
    cross join lateral (
      select jsonb_build_object('first', min(s.at), 'last', max(s.at), 'count', count(*)) as sessions
      from engage.session s where s.workspace_id = p.workspace_id and s.profile_id = p.profile_id) sessions
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('id', s.group_id, 'subscription_state',
        case when s.subscribed then 'subscribed' else 'unsubscribed' end) order by s.group_id), '[]')
        as subscription_groups
      from engage.subscription s where s.workspace_id = p.workspace_id and s.profile_id = p.profile_id) groups
    order by i.place`)
  return rows.map((row) => chosen(exportedUser(row), fields))
}

function exportedUser(row: ExportRow): [name: string, value: Json][] {
  const { first, last, count } = row.sessions
  const texts = profileFields.flatMap((name): [string, Json][] =>
    row[name] === null ? [] : [[name, row[name]]],
  )
  const used = (list: readonly Used[]): Json =>
    list.map((one) => ({ ...one, first: instantText(one.first), last: instantText(one.last) }))
  return [
    ['created_at', toIso(row.created_at)],
    ...(row.external_id === null ? [] : [['external_id', row.external_id] satisfies [string, Json]]),
    ['user_aliases', row.aliases],
    ['appboy_id', row.braze_id],
    ['braze_id', row.braze_id],
    ...texts,
    ['random_bucket', row.random_bucket],
    ...Object.entries(row.details),
    ...(count > 0 && first !== null && last !== null
      ? ([
          [
            'apps',
            [
              {
                name: 'default',
                first_used: instantText(first),
                last_used: instantText(last),
                sessions: count,
              },
            ],
          ],
        ] satisfies [string, Json][])
      : []),
    ['custom_attributes', row.custom_attributes],
    ['custom_events', used(row.custom_events)],
    ['purchases', used(row.purchases)],
    ['total_revenue', row.total_revenue],
    ['devices', row.devices.map((id) => ({ device_id: id }))],
    ['subscription_groups', row.subscription_groups],
  ]
}

/** A `timestamptz` within `jsonb`, as ISO-8601 in UTC. */
function instantText(text: string): string {
  const at: Instant = Date.parse(text)
  return Number.isNaN(at) ? text : toIso(at)
}

function chosen(
  user: readonly [name: string, value: Json][],
  fields: ReadonlySet<string> | null,
): ExportedUser {
  return Object.fromEntries(fields === null ? user : user.filter(([name]) => fields.has(name)))
}
