import { createHash } from 'node:crypto'
import type { MessageTemplate, SendOutcome } from '@muster/core/engage/message.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { type ProfileRow, profileColumns } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/**
 * The ledger of sends. A row is written (`reserve`) before anything is sent, and its unique key (source, profile,
 * occurrence) is what keeps anybody from being messaged twice. From there: pending → sending → sent | failed | unknown.
 */

/** The source and the text that ledger rows name by number. */
export interface TemplateRef {
  readonly source: number
  readonly template: number
}

/**
 * Finds or makes the numbers of a source (`campaign:spring`, `canvas:welcome/first`) and its text of this moment. Looks
 * first: an upsert would lock the source's row, and two processes that advance one Canvas would wait for each other.
 */
export async function refTemplate(
  tx: Queryable,
  sourceName: string,
  message: MessageTemplate,
): Promise<TemplateRef> {
  const { channel, subject, body } = message
  const digest = createHash('sha256')
    .update(JSON.stringify([channel, subject, body]))
    .digest()
  const [known] = await tx.rows<TemplateRef>(sql`
    select t.source, t.template from engage.template t
    join engage.send_source s on s.workspace_id = t.workspace_id and s.source = t.source
    where t.workspace_id = ${workspaceId} and s.name = ${sourceName} and t.digest = ${digest}`)
  if (known) return known
  const [made] = await tx.rows<TemplateRef>(sql`
    with named as (
      insert into engage.send_source as s (workspace_id, name) values (${workspaceId}, ${sourceName})
      on conflict (workspace_id, name) do update set name = excluded.name
      returning source
    )
    insert into engage.template as t (workspace_id, source, channel, subject, body, digest)
    select ${workspaceId}, named.source, ${channel}, ${subject}, ${body}, ${digest} from named
    on conflict (workspace_id, source, digest) do update set digest = excluded.digest
    returning t.source, t.template`)
  if (!made) throw new TypeError('an upsert gave no row')
  return made
}

export interface Audience {
  /** Of `engage.profile p`. */
  readonly condition: Sql
  readonly occurrence: number
  readonly now: Instant
}

/** Reserves a message for everybody who meets the condition and was not reached before; returns how many. */
export async function reserveAudience(
  tx: Queryable,
  { source, template }: TemplateRef,
  { condition, occurrence, now }: Audience,
): Promise<number> {
  const [row] = await tx.rows<{ reserved: number }>(sql`
    with reserved as (
      insert into engage.send (workspace_id, source, template, profile_id, occurrence, reserved_at)
      select ${workspaceId}, ${source}, ${template}, p.profile_id, ${occurrence}, ${new Date(now)}::timestamptz
      from engage.profile p where p.workspace_id = ${workspaceId} and ${condition}
      on conflict (workspace_id, source, profile_id, occurrence) do nothing
      returning 1
    )
    select count(*) as reserved from reserved`)
  return row?.reserved ?? 0
}

export interface Reservation extends TemplateRef {
  readonly profileId: number
  readonly occurrence: number
}

/** Reserves messages one by one named, in their order. */
export async function reserve(
  tx: Queryable,
  reservations: readonly Reservation[],
  now: Instant,
): Promise<void> {
  if (reservations.length === 0) return
  await tx.rows(sql`
    insert into engage.send (workspace_id, source, template, profile_id, occurrence, reserved_at)
    select ${workspaceId}, n.source, n.template, n.profile_id, n.occurrence, ${new Date(now)}::timestamptz
    from unnest(${reservations.map((r) => r.source)}::int[], ${reservations.map((r) => r.template)}::int[],
                ${reservations.map((r) => r.profileId)}::bigint[],
                ${reservations.map((r) => r.occurrence)}::bigint[]) with ordinality
      as n (source, template, profile_id, occurrence, place)
    order by n.place
    on conflict (workspace_id, source, profile_id, occurrence) do nothing`)
}

/** How long a batch may be under way; whoever holds the claim stops before. Real time, not the engagement half's clock. */
export const leaseMs = 15_000

/** A message that was claimed; the profile is missing when it went after the reservation. */
export interface ClaimedSend extends Partial<ProfileRow> {
  readonly send: number
  readonly template: number
  readonly attempts: number
}

/** Takes up to `limit` pending messages for sending; another process that claims at the same time gets others. */
export async function claimSends(
  tx: Queryable,
  { claim, limit }: { readonly claim: string; readonly limit: number },
): Promise<readonly ClaimedSend[]> {
  return tx.rows<ClaimedSend>(sql`
    with open as materialized (
      select send from engage.send
      where workspace_id = ${workspaceId} and status = 'pending' and wake_at <= clock_timestamp()
      order by send limit ${limit} for update skip locked
    ), claimed as (
      update engage.send s
      set status = 'sending', claim = ${claim}::uuid, attempts = s.attempts + 1,
        wake_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      from open where s.workspace_id = ${workspaceId} and s.send = open.send
      returning s.send, s.template, s.attempts, s.profile_id
    )
    select c.send, c.template, c.attempts, ${profileColumns}
    from claimed c
    left join engage.profile p on p.workspace_id = ${workspaceId} and p.profile_id = c.profile_id
    order by c.send`)
}

export interface TemplateRow {
  readonly template: number
  readonly source: string
  readonly channel: string
  readonly subject: string
  readonly body: string
}

export function readTemplates(database: Queryable, templates: readonly number[]): Promise<TemplateRow[]> {
  return database.rows<TemplateRow>(sql`
    select t.template, s.name as source, t.channel, t.subject, t.body
    from engage.template t
    join engage.send_source s on s.workspace_id = t.workspace_id and s.source = t.source
    where t.workspace_id = ${workspaceId} and t.template = any(${[...templates]}::int[])`)
}

/** What is to be written of a claimed message: its end, or that it is to be tried again. */
export interface Settlement {
  readonly send: number
  readonly outcome:
    | SendOutcome
    | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number }
}

/** Writes the fates of a batch; only of rows that this claim still holds, so that a late writer changes nothing. */
export async function settleSends(
  database: Queryable,
  {
    claim,
    settlements,
    now,
  }: {
    readonly claim: string
    readonly settlements: readonly Settlement[]
    readonly now: Instant
  },
): Promise<void> {
  if (settlements.length === 0) return
  const status = settlements.map(({ outcome }) => (outcome.kind === 'retry' ? 'pending' : outcome.kind))
  const reasons = settlements.map(({ outcome }) => ('reason' in outcome ? outcome.reason : null))
  const delays = settlements.map(({ outcome }) => (outcome.kind === 'retry' ? outcome.afterMs : 0))
  await database.rows(sql`
    update engage.send s
    set status = n.status, reason = n.reason, claim = null,
      wake_at = clock_timestamp() + n.delay * interval '1 millisecond',
      settled_at = case when n.status = 'pending' then null else ${new Date(now)}::timestamptz end
    from unnest(${settlements.map((s) => s.send)}::bigint[], ${status}::text[], ${reasons}::text[],
                ${delays}::float8[]) as n (send, status, reason, delay)
    where s.workspace_id = ${workspaceId} and s.send = n.send
      and s.status = 'sending' and s.claim = ${claim}::uuid`)
}

/**
 * Takes up what a process left behind that died or hung in the middle of a batch: where the channel is idempotent the
 * message is tried again, elsewhere its fate is unknown. Returns how many rows there were.
 */
export async function recoverSends(
  database: Queryable,
  idempotentChannels: readonly string[],
  now: Instant,
): Promise<number> {
  const rows = await database.rows(sql`
    update engage.send s
    set status = case when t.channel = any(${[...idempotentChannels]}::text[]) then 'pending' else 'unknown' end,
      reason = 'the process that was sending it stopped', claim = null, wake_at = clock_timestamp(),
      settled_at = case when t.channel = any(${[...idempotentChannels]}::text[]) then null
        else ${new Date(now)}::timestamptz end
    from (select workspace_id, send from engage.send
          where workspace_id = ${workspaceId} and status = 'sending' and wake_at < clock_timestamp()
          order by wake_at limit 1000 for update skip locked) late,
      engage.template t
    where s.workspace_id = late.workspace_id and s.send = late.send
      and t.workspace_id = s.workspace_id and t.template = s.template
    returning 1`)
  return rows.length
}

export interface SendCountRow {
  readonly pending: number
  readonly sent: number
  readonly failed: number
  readonly unknown: number
}

export const noSends: SendCountRow = { pending: 0, sent: 0, failed: 0, unknown: 0 }

/** What became of the messages of sources, by the source's name. */
export async function countSends(
  database: Queryable,
  sources: readonly string[],
): Promise<ReadonlyMap<string, SendCountRow>> {
  const rows = await database.rows<SendCountRow & { source: string }>(sql`
    select o.name as source, c.pending, c.sent, c.failed, c.unknown
    from engage.send_source o
    cross join lateral (
      select count(*) filter (where s.status in ('pending', 'sending')) as pending,
        count(*) filter (where s.status = 'sent') as sent,
        count(*) filter (where s.status = 'failed') as failed,
        count(*) filter (where s.status = 'unknown') as unknown
      from engage.send s where s.workspace_id = o.workspace_id and s.source = o.source) c
    where o.workspace_id = ${workspaceId} and o.name = any(${[...sources]}::text[])`)
  return new Map(
    rows.map(({ source, pending, sent, failed, unknown }) => [source, { pending, sent, failed, unknown }]),
  )
}
