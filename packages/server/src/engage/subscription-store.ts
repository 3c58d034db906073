import type { GroupSubscription } from '@muster/core/engage/attributes.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export const groupChannels = ['email', 'sms', 'whatsapp'] as const
export type GroupChannel = (typeof groupChannels)[number]

export interface SubscriptionGroupRow {
  readonly group_id: string
  readonly name: string
  readonly channel: GroupChannel
  readonly created_at: Instant
}

/** Makes a group; one of that name that exists is answered as it is. */
export async function createGroup(
  database: Queryable,
  { name, channel, now }: { readonly name: string; readonly channel: GroupChannel; readonly now: Instant },
): Promise<SubscriptionGroupRow> {
  await database.rows(sql`
    insert into engage.subscription_group (workspace_id, name, channel, created_at)
    values (${workspaceId}, ${name}, ${channel}, ${new Date(now)}) on conflict do nothing`)
  const row = (await listGroups(database)).find((group) => group.name === name)
  if (row) return row
  throw missing('unknown_group', `there is no subscription group "${name}"`)
}

export function listGroups(database: Queryable): Promise<SubscriptionGroupRow[]> {
  return database.rows<SubscriptionGroupRow>(sql`
    select group_id, name, channel, created_at from engage.subscription_group
    where workspace_id = ${workspaceId} order by name`)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The group with this id, or null; any text may be given. */
export async function findGroup(database: Queryable, id: string): Promise<SubscriptionGroupRow | null> {
  if (!uuid.test(id)) return null
  return (await listGroups(database)).find((group) => group.group_id === id.toLowerCase()) ?? null
}

export interface Subscription extends GroupSubscription {
  readonly profileId: number
}

/** Sets states in their order, so that the last of one user and group wins; a group that does not exist is left out. */
export async function subscribe(
  tx: Queryable,
  subscriptions: readonly Subscription[],
  now: Instant,
): Promise<void> {
  const last = [
    ...new Map(
      subscriptions
        .filter(({ groupId }) => uuid.test(groupId))
        .map((subscription) => [`${subscription.groupId}:${subscription.profileId}`, subscription]),
    ).values(),
  ]
  if (last.length === 0) return
  await tx.rows(sql`
    insert into engage.subscription (workspace_id, group_id, profile_id, subscribed, at)
    select distinct on (g.group_id, n.profile_id)
      ${workspaceId}, g.group_id, n.profile_id, n.subscribed, ${new Date(now)}::timestamptz
    from unnest(${last.map((s) => s.groupId)}::uuid[], ${last.map((s) => s.profileId)}::bigint[],
                ${last.map((s) => s.state === 'subscribed')}::boolean[]) as n (group_id, profile_id, subscribed)
    join engage.subscription_group g on g.workspace_id = ${workspaceId} and g.group_id = n.group_id
    order by g.group_id, n.profile_id
    on conflict (workspace_id, group_id, profile_id) do update set subscribed = excluded.subscribed, at = excluded.at`)
}

export interface SubscriptionRow {
  readonly profile_id: number
  readonly external_id: string | null
  readonly email: string | null
  readonly phone: string | null
  /** This and what follows is null for a user who said nothing of any group. */
  readonly group_id: string | null
  readonly name: string | null
  readonly channel: GroupChannel | null
  readonly subscribed: boolean | null
}

/** Users with what they said of groups, one row each; one row for a user who said nothing. */
export function listSubscriptions(
  database: Queryable,
  profileIds: readonly number[],
): Promise<SubscriptionRow[]> {
  return database.rows<SubscriptionRow>(sql`
    select p.profile_id, p.external_id, p.email, p.phone, g.group_id, g.name, g.channel, s.subscribed
    from engage.profile p
    left join (engage.subscription s
      join engage.subscription_group g on g.workspace_id = s.workspace_id and g.group_id = s.group_id)
      on s.workspace_id = p.workspace_id and s.profile_id = p.profile_id
    where p.workspace_id = ${workspaceId} and p.profile_id = any(${[...profileIds]}::bigint[])
    order by p.profile_id, g.name`)
}
