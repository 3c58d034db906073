import { type Fate, fates, type MembershipChange } from '@muster/core/engage/membership.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { lockCohort } from './lifecycle-lock.ts'
import { rememberUnknown } from './pending-members.ts'
import { workspaceId } from './workspace.ts'

/** How each kind of identifier is stored in `cohort_import.kinds`. */
export const identifierKinds = ['external_id', 'alias', 'device_id'] as const

export interface ImportRequest {
  /** A UUID; also the `X-Request-Id` of the answer. */
  readonly requestId: string
  readonly partner: string
  readonly request: { readonly cohortId: string; readonly changes: readonly MembershipChange[] }
  readonly now: Instant
  /** Absent: a partner's own request, by no key that is known. */
  readonly origin?: ImportOrigin
}

/** Why an import happens. */
export interface ImportOrigin {
  /** A partner asked, an administrator repeats a request, or a remembered id has found its profile. */
  readonly cause: 'import' | 'replay' | 'pending'
  /** The data import key of the sender. */
  readonly keyId: string | null
  /** The request that is repeated. */
  readonly replayOf: string | null
}

export type ImportCounts = Readonly<Record<Fate, number>> & { readonly ids: number }

/**
 * Matches, judges, applies and logs one request in one transaction, as `matchIdentifier` and `applyImport` of core say.
 * Creates an unknown cohort when there is at least one id. Throws `conflict` `locked` when another writer holds the
 * cohort for 2 s.
 */
export function importCohort(database: Database, request: ImportRequest): Promise<ImportCounts> {
  if (request.request.changes.length === 0) return Promise.resolve(noCounts())
  return database.transaction((tx) => importInto(tx, request))
}

/** The same in a transaction that does more; the cohort stays locked to its end. */
export async function importInto(tx: Queryable, request: ImportRequest): Promise<ImportCounts> {
  if (request.request.changes.length === 0) return noCounts()
  await lockCohort(tx, request.partner, request.request.cohortId)
  const [row] = await tx.rows<ImportCounts & { readonly keeps_unknown: boolean }>(importStatement(request), {
    prepared: 'import_cohort',
  })
  if (!row) return noCounts()
  const { keeps_unknown: keepsUnknown, ...counts } = row
  if (keepsUnknown) await rememberUnknown(tx, request.requestId)
  return counts
}

function noCounts(): ImportCounts {
  return { ids: 0, added: 0, already_in: 0, removed: 0, not_in: 0, unknown: 0, device_of_identified: 0 }
}

const code = Object.fromEntries(fates.map((fate, place) => [fate, place])) as Record<Fate, number>

export interface NamedCohort {
  readonly cohortId: string
  readonly name: string
  readonly createdAt: Instant
}

/** Makes the cohort or names it anew, inside a transaction; the name endpoint of the wire. */
export async function nameCohort(
  tx: Queryable,
  { partner, cohort }: { readonly partner: string; readonly cohort: NamedCohort },
): Promise<void> {
  await lockCohort(tx, partner, cohort.cohortId)
  await tx.rows(sql`
    insert into engage.cohort (workspace_id, partner, cohort_id, name, created_at)
    values (${workspaceId}, ${partner}, ${cohort.cohortId}, ${cohort.name}, ${new Date(cohort.createdAt)})
    on conflict (workspace_id, partner, cohort_id) do update set name = excluded.name`)
}

interface Columns {
  readonly kinds: number[]
  readonly labels: (string | null)[]
  readonly identifiers: string[]
  readonly removes: boolean[]
}

/** Labels stay empty where no id is an alias: `unnest` fills a short array up with null. */
function columnsOf(changes: readonly MembershipChange[]): Columns {
  const hasAlias = changes.some(({ identifier }) => identifier.kind === 'alias')
  return {
    kinds: changes.map(({ identifier }) => identifierKinds.indexOf(identifier.kind)),
    labels: hasAlias
      ? changes.map(({ identifier }) => (identifier.kind === 'alias' ? identifier.label : null))
      : [],
    identifiers: changes.map(({ identifier }) =>
      identifier.kind === 'alias' ? identifier.name : identifier.value,
    ),
    removes: changes.map(({ remove }) => remove),
  }
}

const partnersOwn: ImportOrigin = { cause: 'import', keyId: null, replayOf: null }

/**
 * One statement, one snapshot. Each lookup stands behind `offset 0`, which keeps it one index probe an id: no plan, made
 * at whatever size of the tables, can turn it into a join that reads them. `before_here` of a change is what the change
 * before it of the same person left. A leaver's row is deleted at its place, which the cohort's lock keeps.
 */
function importStatement({ requestId, partner, request, now, origin = partnersOwn }: ImportRequest): Sql {
  const { kinds, labels, identifiers, removes } = columnsOf(request.changes)
  return sql`
    with given as materialized (
      select ${kinds}::smallint[] as kinds, ${labels}::text[] as labels,
             ${identifiers}::text[] as identifiers, ${removes}::boolean[] as removes
    ), known as materialized (
      select cohort, keeps_unknown from engage.cohort
      where workspace_id = ${workspaceId} and partner = ${partner} and cohort_id = ${request.cohortId}
    ), made as (
      insert into engage.cohort (workspace_id, partner, cohort_id, created_at)
      select ${workspaceId}, ${partner}, ${request.cohortId}, ${new Date(now)}::timestamptz
      where not exists (select from known)
      returning cohort, keeps_unknown
    ), target as materialized (
      select cohort, keeps_unknown from known union all select cohort, keeps_unknown from made
    ), matched as (
      select i.place, i.remove,
        coalesce(named.profile_id, renamed.profile_id, alias.profile_id,
          case when not owner.is_identified then owner.profile_id end)
          as profile_id,
        coalesce(owner.is_identified, false) as device_of_identified
      from given
      cross join unnest(given.kinds, given.labels, given.identifiers, given.removes)
        with ordinality as i (kind, label, identifier, remove, place)
      left join lateral (
        select p.profile_id from engage.profile p
        where i.kind = 0 and p.workspace_id = ${workspaceId} and p.external_id = i.identifier offset 0) named on true
      left join lateral (
        select d.profile_id from engage.deprecated_external_id d
        where i.kind = 0 and named.profile_id is null and d.workspace_id = ${workspaceId}
          and d.external_id = i.identifier offset 0) renamed on true
      left join lateral (
        select a.profile_id from engage.alias a
        where i.kind = 1 and a.workspace_id = ${workspaceId} and a.label = i.label and a.name = i.identifier
        offset 0) alias on true
      left join lateral (
        select d.profile_id, (select p.external_id is not null from engage.profile p
          where p.workspace_id = d.workspace_id and p.profile_id = d.profile_id) as is_identified
        from engage.device d
        where i.kind = 2 and d.workspace_id = ${workspaceId} and d.device_id = i.identifier offset 0) owner on true
    ), followed as (
      select place, remove, profile_id, device_of_identified,
        lag(not remove) over person as before_here,
        lead(place) over person is null as is_last
      from matched
      window person as (partition by profile_id order by place)
    ), judged as materialized (
      select f.place, f.remove, f.profile_id, f.is_last, member.at,
        case
          when f.profile_id is null and f.device_of_identified then ${code.device_of_identified}::smallint
          when f.profile_id is null then ${code.unknown}::smallint
          when f.remove and coalesce(f.before_here, member.at is not null) then ${code.removed}::smallint
          when f.remove then ${code.not_in}::smallint
          when coalesce(f.before_here, member.at is not null) then ${code.already_in}::smallint
          else ${code.added}::smallint
        end as fate
      from followed f
      left join lateral (
        select m.ctid as at from engage.cohort_member m
        where m.workspace_id = ${workspaceId} and m.cohort = (select cohort from target)
          and m.profile_id = f.profile_id offset 0) member on true
    ), logged as (
      insert into engage.cohort_import (workspace_id, request_id, cohort, at, kinds, labels, identifiers, removes,
        fates, ids, added, already_in, removed, not_in, unknown, device_of_identified, cause, key_id, replay_of)
      select ${workspaceId}, ${requestId}::uuid, target.cohort, ${new Date(now)}::timestamptz,
        given.kinds, given.labels, given.identifiers, given.removes, sums.*, ${origin.cause}::text,
        ${origin.keyId}::text, ${origin.replayOf}::uuid
      from given, target, (
        select array_agg(fate order by place), count(*) as ids,
          count(*) filter (where fate = ${code.added}), count(*) filter (where fate = ${code.already_in}),
          count(*) filter (where fate = ${code.removed}), count(*) filter (where fate = ${code.not_in}),
          count(*) filter (where fate = ${code.unknown}),
          count(*) filter (where fate = ${code.device_of_identified})
        from judged) sums
      returning import, ids, added, already_in, removed, not_in, unknown, device_of_identified
    ), gone as (
      delete from engage.cohort_member
      where ctid = any(array(select at from judged where is_last and remove and at is not null))
    ), come as (
      insert into engage.cohort_member (workspace_id, cohort, profile_id, import)
      select ${workspaceId}, (select cohort from target), profile_id, (select import from logged)
      from judged
      where is_last and not remove and at is null and profile_id is not null
    ), recorded as (
      insert into engage.cohort_change (workspace_id, cohort, at, cause, import, joined, gone, joins, leaves)
      select ${workspaceId}, (select cohort from target), ${new Date(now)}::timestamptz, ${origin.cause}::text,
        (select import from logged), coalesce(array_agg(profile_id) filter (where not remove), '{}'),
        coalesce(array_agg(profile_id) filter (where remove), '{}'), count(*) filter (where not remove),
        count(*) filter (where remove)
      from judged
      where is_last and remove = (at is not null) and profile_id is not null
      having count(*) > 0
    )
    select ids, added, already_in, removed, not_in, unknown, device_of_identified,
      (select keeps_unknown from target) as keeps_unknown
    from logged`
}
