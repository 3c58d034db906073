import type { MembershipChange } from '@muster/core/engage/membership.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

/**
 * Pending membership, of cohorts that ask for it (`keeps_unknown`): an import remembers an id that matched nobody
 * (`engage.remember_unknown`), and it joins when somebody gets that name. Triggers on the tables of names put such a name
 * into `pending_due`.
 */

interface DueNames {
  readonly kinds: readonly number[]
  readonly identifiers: readonly string[]
  readonly labels: readonly string[]
}

/** Takes up to `limit` names that are to be looked at. */
export async function claimDueNames(tx: Queryable, limit: number): Promise<DueNames> {
  const rows = await tx.rows<{ kind: number; identifier: string; label: string }>(sql`
    delete from engage.pending_due
    where (workspace_id, due) in (
      select workspace_id, due from engage.pending_due
      where workspace_id = ${workspaceId} and not_before <= now()
      order by not_before limit ${limit} for update skip locked)
    returning kind, identifier, label`)
  return {
    kinds: rows.map((row) => row.kind),
    identifiers: rows.map((row) => row.identifier),
    labels: rows.map((row) => row.label),
  }
}

export interface WaitingCohort {
  readonly cohort: number
  readonly partner: string
  readonly cohort_id: string
}

/** The cohorts that remember any of the names. */
export function cohortsWaitingFor(tx: Queryable, due: DueNames): Promise<WaitingCohort[]> {
  return tx.rows<WaitingCohort>(sql`
    select distinct c.cohort, c.partner, c.cohort_id
    from unnest(${[...due.kinds]}::smallint[], ${[...due.identifiers]}::text[], ${[...due.labels]}::text[])
      as n (kind, identifier, label)
    join engage.cohort_pending q on q.workspace_id = ${workspaceId} and q.kind = n.kind
      and q.identifier = n.identifier and q.label = n.label
    join engage.cohort c on c.workspace_id = q.workspace_id and c.cohort = q.cohort
    order by c.cohort`)
}

/** Forgets the names that a cohort remembers and that somebody has now; returns them as additions. */
export async function takeFound(tx: Queryable, cohort: number, due: DueNames): Promise<MembershipChange[]> {
  const rows = await tx.rows<{ kind: number; identifier: string; label: string }>(sql`
    delete from engage.cohort_pending q
    using unnest(${[...due.kinds]}::smallint[], ${[...due.identifiers]}::text[], ${[...due.labels]}::text[])
      as n (kind, identifier, label)
    where q.workspace_id = ${workspaceId} and q.cohort = ${cohort} and q.kind = n.kind
      and q.identifier = n.identifier and q.label = n.label
      and case q.kind
        when 0 then exists (select from engage.profile p
          where p.workspace_id = q.workspace_id and p.external_id = q.identifier)
        when 1 then exists (select from engage.alias a
          where a.workspace_id = q.workspace_id and a.label = q.label and a.name = q.identifier)
        else exists (select from engage.device d
          where d.workspace_id = q.workspace_id and d.device_id = q.identifier) end
    returning q.kind, q.identifier, q.label`)
  return rows.map(({ kind, identifier, label }) => ({
    remove: false,
    identifier: nameOf(kind, identifier, label),
  }))
}

function nameOf(kind: number, value: string, label: string): MembershipChange['identifier'] {
  if (kind === 1) return { kind: 'alias', label, name: value }
  return { kind: kind === 0 ? 'external_id' : 'device_id', value }
}
