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
}

/**
 * Orphans profiles (braze.md B.2): what the kept one has wins, what it lacks is added; cohorts are united; devices,
 * events, messages and Canvas entries go over; of two aliases with one label the kept one's stays.
 */
export async function mergeProfiles(tx: Queryable, pairs: readonly MergePair[], now: Instant): Promise<void> {
  if (pairs.length === 0) return
  await holdLife(tx)
  await mergeContents(tx, pairs, now)
  for (const statement of handOver(pairs)) await tx.rows(statement)
}

async function mergeContents(tx: Queryable, pairs: readonly MergePair[], now: Instant): Promise<void> {
  const locked = await lockProfiles(
    tx,
    pairs.flatMap(({ from, into }) => [from, into]),
  )
  const rows = new Map(locked.map((row) => [row.profile_id, row]))
  const changed = new Map<number, ProfileContent>()
  for (const { from, into } of pairs) {
    const orphaned = rows.get(from)
    const kept = rows.get(into)
    if (!orphaned || !kept) throw transient('profile_moved', 'another request changed the profile')
    changed.set(into, mergeContent(contentOf(kept), contentOf(orphaned)))
  }
  await writeContents(tx, changed, now)
}

/** Everything that names the profiles, table by table. */
function handOver(pairs: readonly MergePair[]): Sql[] {
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
    ...[sql`engage.device`, sql`engage.session`, sql`engage.event`, sql`engage.purchase`].map(moveAll),
    // Found by cohort, for members have no index by profile: a merge is rare beside an import.
    sql`with gone as (
          delete from engage.cohort_member m using engage.cohort c, ${pair}
          where c.workspace_id = ${workspaceId}
            and m.workspace_id = c.workspace_id and m.cohort = c.cohort and m.profile_id = pair.gone
          returning m.workspace_id, m.cohort, pair.kept, m.import
        )
        insert into engage.cohort_member (workspace_id, cohort, profile_id, import) select * from gone
        on conflict do nothing`,
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
