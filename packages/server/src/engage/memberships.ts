import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export interface MembershipRow {
  readonly cohort: number
  readonly partner: string
  readonly cohort_id: string
  readonly name: string
  readonly joined_at: Instant
  readonly request_id: string
}

/**
 * The cohorts that a user is in, with the import that brought the user in. One index look-up a cohort: an index by
 * profile would cost every import, and cohorts are few beside profiles.
 */
export function listMemberships(database: Queryable, profileId: number): Promise<MembershipRow[]> {
  return database.rows<MembershipRow>(sql`
    select c.cohort, c.partner, c.cohort_id, coalesce(c.name, c.cohort_id) as name, i.at as joined_at, i.request_id
    from engage.cohort c
    join engage.cohort_member m on m.workspace_id = c.workspace_id and m.cohort = c.cohort
      and m.profile_id = ${profileId}
    join engage.cohort_import i on i.workspace_id = m.workspace_id and i.import = m.import
    where c.workspace_id = ${workspaceId}
    order by c.cohort`)
}
