import type { MembershipChange } from '@muster/core/engage/membership.ts'
import { fates } from '@muster/core/engage/membership.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

/**
 * Pending membership, of cohorts that ask for it (`keeps_unknown`): an id that matched nobody is remembered, and joins when
 * somebody gets that name. Triggers on the tables of names put such a name into `pending_due`. A profile made at the same
 * time as the import may have seen nothing remembered yet; so each remembered id is looked at once more after the longest
 * time that such a transaction may take.
 */
const lookAgain = '60 s'

/** Longer names are not remembered: an index entry has an end. In bytes. */
const longestName = 1_000

/** What an import says of unknown ids; of an id named twice the last counts. A removal forgets, whoever has the name by now. */
export async function rememberUnknown(tx: Queryable, requestId: string): Promise<void> {
  await tx.rows(sql`
    with last_word as (
      select distinct on (f.kind, f.value, f.label) i.cohort, i.import, f.kind, f.value, coalesce(f.label, '') as label,
        f.remove, f.fate = ${fates.indexOf('unknown')} as is_unknown
      from engage.cohort_import i,
        unnest(i.kinds, i.labels, i.identifiers, i.removes, i.fates) with ordinality
          as f (kind, label, value, remove, fate, place)
      where i.workspace_id = ${workspaceId} and i.request_id = ${requestId}::uuid
        and octet_length(f.value) <= ${longestName}
        and octet_length(coalesce(f.label, '')) <= ${longestName}
      order by f.kind, f.value, f.label, f.place desc
    ), forgotten as (
      delete from engage.cohort_pending q using last_word n
      where q.workspace_id = ${workspaceId} and q.cohort = n.cohort and q.kind = n.kind and q.identifier = n.value
        and q.label = n.label and n.remove
    ), remembered as (
      insert into engage.cohort_pending (workspace_id, kind, identifier, label, cohort, import)
      select ${workspaceId}, kind, value, label, cohort, import from last_word where not remove and is_unknown
      on conflict do nothing
      returning kind, identifier, label
    )
    insert into engage.pending_due (workspace_id, kind, identifier, label, not_before)
    select ${workspaceId}, kind, identifier, label, now() + ${lookAgain}::interval from remembered`)
}

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
