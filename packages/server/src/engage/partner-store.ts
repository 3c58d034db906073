import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export interface PartnerRow {
  readonly slug: string
  readonly enabled: boolean
  readonly live_keys: number
  readonly cohorts: number
}

export function listPartners(database: Queryable): Promise<PartnerRow[]> {
  return database.rows<PartnerRow>(sql`
    select p.slug, p.enabled_at is not null as enabled,
      (select count(*) from engage.api_key k
       where k.workspace_id = p.workspace_id and k.partner = p.slug and k.invalidated_at is null) as live_keys,
      (select count(*) from engage.cohort c
       where c.workspace_id = p.workspace_id and c.partner = p.slug) as cohorts
    from engage.partner p
    where p.workspace_id = ${workspaceId}
    order by p.enabled_at is null, p.slug`)
}

export async function getPartner(
  database: Queryable,
  slug: string,
): Promise<{ readonly slug: string; readonly enabled: boolean }> {
  const [row] = await database.rows<{ slug: string; enabled: boolean }>(sql`
    select slug, enabled_at is not null as enabled from engage.partner
    where workspace_id = ${workspaceId} and slug = ${slug}`)
  if (row) return row
  throw missing('unknown_partner', `there is no partner "${slug}"`, {
    hint: 'Take one of the list of partners, or enable this one to add it.',
  })
}

/** Adds the partner when it is new, and enables it. */
export async function enablePartner(database: Queryable, slug: string, now: Instant): Promise<void> {
  await database.rows(sql`
    insert into engage.partner as p (workspace_id, slug, enabled_at)
    values (${workspaceId}, ${slug}, ${new Date(now)})
    on conflict (workspace_id, slug) do update set enabled_at = coalesce(p.enabled_at, excluded.enabled_at)`)
}
