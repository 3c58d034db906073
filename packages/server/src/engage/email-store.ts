import { type Instant, toIso } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { json, sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export type EmailState = 'subscribed' | 'unsubscribed' | 'opted_in'

/** Sets the email subscription of all users who have these addresses; of an address that nobody has, nothing. */
export async function setEmailState(
  database: Queryable,
  {
    emails,
    state,
    now,
  }: { readonly emails: readonly string[]; readonly state: EmailState; readonly now: Instant },
): Promise<void> {
  const at = toIso(now)
  const stamps = {
    unsubscribed: { email_unsubscribed_at: at },
    opted_in: { email_opted_in_at: at },
    subscribed: {},
  }
  await database.rows(sql`
    update engage.profile p
    set details = p.details || ${json({ email_subscribe: state, ...stamps[state] })}::jsonb, updated_at = ${new Date(now)}
    where p.workspace_id = ${workspaceId} and lower(p.email) = any(${lower(emails)}::text[])
      and p.details ->> 'email_subscribe' is distinct from ${state}`)
}

function lower(emails: readonly string[]): string[] {
  return emails.map((email) => email.toLowerCase())
}

export interface EmailQuery {
  /** Null: all within the time. */
  readonly email: string | null
  readonly from: Instant
  readonly until: Instant
  readonly limit: number
  readonly offset: number
  readonly oldestFirst: boolean
}

export interface EmailRow {
  readonly email: string
  readonly at: Instant
}

/** Addresses whose users unsubscribed, each once. */
export function listUnsubscribed(database: Queryable, query: EmailQuery): Promise<EmailRow[]> {
  const sign = query.oldestFirst ? 1 : -1
  return database.rows<EmailRow>(sql`
    select email, at from (
      select lower(email) as email, max((details ->> 'email_unsubscribed_at')::timestamptz) as at from engage.profile
      where workspace_id = ${workspaceId} and email is not null
        and details ->> 'email_subscribe' = 'unsubscribed'
        and (${query.email}::text is null or lower(email) = lower(${query.email}))
        and details ->> 'email_unsubscribed_at' between ${toIso(query.from)} and ${toIso(query.until)}
      group by lower(email)) found
    order by ${sign}::int * extract(epoch from at), email limit ${query.limit} offset ${query.offset}`)
}

export const blockKinds = ['hard_bounce', 'spam', 'blocklist'] as const
export type BlockKind = (typeof blockKinds)[number]

export function listBlocked(database: Queryable, kind: BlockKind, query: EmailQuery): Promise<EmailRow[]> {
  const sign = query.oldestFirst ? 1 : -1
  return database.rows<EmailRow>(sql`
    select email, at from engage.email_block
    where workspace_id = ${workspaceId} and kind = ${kind}
      and (${query.email}::text is null or email = lower(${query.email}))
      and at between ${new Date(query.from)}::timestamptz and ${new Date(query.until)}::timestamptz
    order by ${sign}::int * extract(epoch from at), email limit ${query.limit} offset ${query.offset}`)
}

/** Writes addresses to the list of those not to be written to, and unsubscribes who has them. */
export async function blockEmails(
  database: Queryable,
  emails: readonly string[],
  now: Instant,
): Promise<void> {
  await database.rows(sql`
    insert into engage.email_block (workspace_id, kind, email, at)
    select ${workspaceId}, 'blocklist', email, ${new Date(now)}::timestamptz
    from (select distinct unnest(${lower(emails)}::text[]) as email) given
    on conflict do nothing`)
  await setEmailState(database, { emails, state: 'unsubscribed', now })
}

export async function unblockEmails(
  database: Queryable,
  kind: BlockKind,
  emails: readonly string[],
): Promise<void> {
  await database.rows(sql`
    delete from engage.email_block
    where workspace_id = ${workspaceId} and kind = ${kind} and email = any(${lower(emails)}::text[])`)
}
