import { mergeContent, type ProfileContent } from '@muster/core/engage/attributes.ts'
import { transient } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { holdLife } from './lifecycle-lock.ts'
import { contentOf, lockProfiles, writeContents } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

/** The profile `from` is taken into `into` and goes. No profile stands in two pairs. */
export interface MergePair {
  readonly from: number
  readonly into: number
  /** What the one that goes says is taken in too; it is, unless told otherwise. */
  readonly withContents?: boolean
}

/**
 * Orphans profiles (braze.md B.2): what the kept one has wins, what it lacks is added; cohorts are united; devices,
 * events, messages and Canvas entries go over; of two aliases with one label the kept one's stays.
 */
export async function mergeProfiles(tx: Queryable, pairs: readonly MergePair[], now: Instant): Promise<void> {
  if (pairs.length === 0) return
  await holdLife(tx)
  const inherited = await mergeContents(tx, pairs, now)
  for (const statement of handOver(pairs, now)) await tx.rows(statement)
  if (inherited.length === 0) return
  await tx.rows(sql`
    update engage.profile p set external_id = n.external_id
    from unnest(${inherited.map((one) => one.profileId)}::bigint[], ${inherited.map((one) => one.externalId)}::text[])
      as n (profile_id, external_id)
    where p.workspace_id = ${workspaceId} and p.profile_id = n.profile_id`)
}

interface Inherited {
  readonly profileId: number
  readonly externalId: string
}

/** Returns the external_ids that go over to a kept profile that has none: whoever was identified stays so. */
async function mergeContents(tx: Queryable, pairs: readonly MergePair[], now: Instant): Promise<Inherited[]> {
  const locked = await lockProfiles(
    tx,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
  const rows = new Map(locked.map((row) => [row.profile_id, row]))
  const changed = new Map<number, ProfileContent>()
  const inherited: Inherited[] = []
  for (const { from, into, withContents = true } of pairs) {
    const orphaned = rows.get(from)
    const kept = rows.get(into)
    if (!orphaned || !kept) throw transient('profile_moved', 'another request changed the profile')
    if (kept.external_id === null && orphaned.external_id !== null) {
      inherited.push({ profileId: into, externalId: orphaned.external_id })
    }
    if (withContents) changed.set(into, mergeContent(contentOf(kept), contentOf(orphaned)))
  }
  await writeContents(tx, changed, now)
  return inherited
}

/** Everything that names the profiles, table by table. */
function handOver(pairs: readonly MergePair[], now: Instant): Sql[] {
  const pair = sql`
    unnest(${pairs.map((p) => p.from)}::bigint[], ${pairs.map((p) => p.into)}::bigint[]) as pair (gone, kept)`
  const moveAll = (table: Sql): Sql => sql`
    update ${table} t set profile_id = pair.kept from ${pair}
    where t.workspace_id = ${workspaceId} and t.profile_id = pair.gone`
  return [
    sql`update engage.alias a set profile_id = pair.kept from ${pair}
        where a.workspace_id = ${workspaceId} and a.profile_id = pair.gone
          and not exists (select from engage.alias k
            where k.workspace_id = a.workspace_id and k.profile_id = pair.kept and k.label = a.label)`,
    ...[
      sql`engage.device`,
      sql`engage.session`,
      sql`engage.event`,
      sql`engage.purchase`,
      sql`engage.deprecated_external_id`,
    ].map(moveAll),
    // What the kept one said of a group stays.
    sql`update engage.subscription s set profile_id = pair.kept from ${pair}
        where s.workspace_id = ${workspaceId} and s.profile_id = pair.gone
          and not exists (select from engage.subscription k
            where k.workspace_id = s.workspace_id and k.profile_id = pair.kept and k.group_id = s.group_id)`,
    // Found by cohort, for members have no index by profile: a merge is rare beside an import.
    sql`with gone as (
          delete from engage.cohort_member m using engage.cohort c, ${pair}
          where c.workspace_id = ${workspaceId}
            and m.workspace_id = c.workspace_id and m.cohort = c.cohort and m.profile_id = pair.gone
          returning m.workspace_id, m.cohort, pair.gone, pair.kept, m.import
        ), come as (
          insert into engage.cohort_member (workspace_id, cohort, profile_id, import)
          select workspace_id, cohort, kept, import from gone
          on conflict do nothing
          returning cohort, profile_id
        )
        insert into engage.cohort_change (workspace_id, cohort, at, cause, joined, gone, joins, leaves)
        select ${workspaceId}, cohort, ${new Date(now)}::timestamptz, 'merge',
          coalesce(array_agg(joined) filter (where joined is not null), '{}'),
          coalesce(array_agg(gone) filter (where gone is not null), '{}'), count(joined), count(gone)
        from (select cohort, profile_id as joined, null::bigint as gone from come
              union all select cohort, null, gone from gone) moved
        group by cohort`,
    // Both were reached, or both entered: the orphan's row is history under an occurrence of its own.
    sql`update engage.send s set
          profile_id = pair.kept,
          occurrence = case when twin.send is null then s.occurrence else -s.send end,
          status = case when twin.send is not null and s.status = 'pending' then 'failed' else s.status end,
          reason = case when twin.send is not null and s.status = 'pending'
            then 'the profile was merged into one that has this message' else s.reason end
        from ${pair}, engage.send mine
        left join lateral (select k.send from unnest(${pairs.map((p) => p.from)}::bigint[],
                                                     ${pairs.map((p) => p.into)}::bigint[]) as other (gone, kept)
          join engage.send k on k.workspace_id = ${workspaceId} and k.profile_id = other.kept
            and k.source = mine.source and k.occurrence = mine.occurrence
          where other.gone = mine.profile_id) twin on true
        where mine.workspace_id = ${workspaceId} and mine.profile_id = pair.gone
          and s.workspace_id = mine.workspace_id and s.send = mine.send`,
    sql`update engage.canvas_entry e set
          profile_id = pair.kept,
          occurrence = case when twin.entry is null then e.occurrence else -e.entry end,
          state = case when twin.entry is null then e.state else 'exited' end,
          exit_reason = case when twin.entry is not null and e.state <> 'exited' then 'merged' else e.exit_reason end
        from ${pair}, engage.canvas_entry mine
        left join lateral (select k.entry from unnest(${pairs.map((p) => p.from)}::bigint[],
                                                      ${pairs.map((p) => p.into)}::bigint[]) as other (gone, kept)
          join engage.canvas_entry k on k.workspace_id = ${workspaceId} and k.profile_id = other.kept
            and k.canvas = mine.canvas and k.occurrence = mine.occurrence
          where other.gone = mine.profile_id) twin on true
        where mine.workspace_id = ${workspaceId} and mine.profile_id = pair.gone
          and e.workspace_id = mine.workspace_id and e.entry = mine.entry`,
    sql`delete from engage.profile p using ${pair}
        where p.workspace_id = ${workspaceId} and p.profile_id = pair.gone`,
  ]
}
