import type { UserKey } from '@muster/core/engage/track.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { findProfileIds } from './find-profiles.ts'
import { holdLife } from './lifecycle-lock.ts'
import { lockProfiles } from './profile-store.ts'
import { retryMoved } from './retry-moved.ts'
import { workspaceId } from './workspace.ts'

/**
 * Ends users: their profiles, names, history, memberships and messages. The ledger keeps that something was sent, so
 * that what campaigns count stays; what was still to be sent fails. Who does not exist is passed over.
 */
export async function deleteUsers(
  database: Database,
  users: readonly UserKey[],
  now: Instant,
): Promise<void> {
  await retryMoved(() =>
    database.transaction(async (tx) => {
      const found = await findProfileIds(tx, users)
      // Who is told something at this moment is told it first; then it goes too. Rows before the life lock, as in sessions.
      const rows = await lockProfiles(tx, [...found.values()])
      if (rows.length === 0) return
      await holdLife(tx)
      const ids = rows.map((row) => row.profile_id)
      for (const statement of deletions(ids, now)) await tx.rows(statement)
    }),
  )
}

function deletions(ids: readonly number[], now: Instant): Sql[] {
  const gone = sql`unnest(${ids}::bigint[]) as gone (profile_id)`
  const deleteAll = (table: Sql): Sql => sql`
    delete from ${table} t using ${gone} where t.workspace_id = ${workspaceId} and t.profile_id = gone.profile_id`
  return [
    // Found by cohort, as in a merge: members have no index by profile.
    sql`with left_behind as (
          delete from engage.cohort_member m using engage.cohort c, ${gone}
          where c.workspace_id = ${workspaceId}
            and m.workspace_id = c.workspace_id and m.cohort = c.cohort and m.profile_id = gone.profile_id
          returning m.cohort, m.profile_id)
        insert into engage.cohort_change (workspace_id, cohort, at, cause, joined, gone, joins, leaves)
        select ${workspaceId}, cohort, ${new Date(now)}::timestamptz, 'deletion', '{}', array_agg(profile_id), 0, count(*)
        from left_behind group by cohort`,
    sql`delete from engage.inbox_message i using engage.send s, ${gone}
        where s.workspace_id = ${workspaceId} and s.profile_id = gone.profile_id
          and i.workspace_id = s.workspace_id and i.send = s.send`,
    sql`update engage.send s set status = 'failed', settled_at = ${new Date(now)}, reason = 'the user was deleted'
        from ${gone}
        where s.workspace_id = ${workspaceId} and s.profile_id = gone.profile_id and s.status = 'pending'`,
    ...[
      sql`engage.canvas_entry`,
      sql`engage.session`,
      sql`engage.event`,
      sql`engage.purchase`,
      sql`engage.profile`,
    ].map(deleteAll),
  ]
}
