import type { Filter } from '@muster/core/engage/segment.ts'
import { type CohortIds, type CohortNames, cohortsOf } from '@muster/core/engage/segment.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { invalid, missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { segmentCondition } from './segment-sql.ts'
import { workspaceId } from './workspace.ts'

export interface SegmentRow {
  readonly name: string
  readonly filter: Filter
  readonly updated_at: Instant
}

export function listSegments(database: Queryable): Promise<SegmentRow[]> {
  return database.rows<SegmentRow>(sql`
    select name, filter, updated_at from engage.segment where workspace_id = ${workspaceId} order by name`)
}

export async function getSegment(database: Queryable, name: string): Promise<SegmentRow> {
  const [row] = await database.rows<SegmentRow>(sql`
    select name, filter, updated_at from engage.segment where workspace_id = ${workspaceId} and name = ${name}`)
  if (row) return row
  throw missing('unknown_segment', `there is no segment "${name}"`, {
    hint: 'Take one of the list of segments, or make this one first.',
  })
}

/**
 * Makes or changes a segment. A cohort may be named by its name where one cohort of the partner has it; its id is
 * stored. Throws `invalid` `unknown_cohort` with the cohorts that there are.
 */
export async function putSegment(
  database: Queryable,
  segment: { readonly name: string; readonly filter: Filter; readonly now: Instant },
): Promise<void> {
  const filter = await resolveCohorts(database, segment.filter)
  await database.rows(sql`
    insert into engage.segment (workspace_id, name, filter, updated_at)
    values (${workspaceId}, ${segment.name}, ${json(filter)}::jsonb, ${new Date(segment.now)})
    on conflict (workspace_id, name) do update set filter = excluded.filter, updated_at = excluded.updated_at`)
}

interface KnownCohort {
  readonly partner: string
  readonly cohort_id: string
  readonly name: string | null
}

async function resolveCohorts(database: Queryable, filter: Filter): Promise<Filter> {
  const wanted = cohortsOf(filter)
  if (wanted.length === 0) return filter
  const known = await database.rows<KnownCohort>(sql`
    select partner, cohort_id, name from engage.cohort
    where workspace_id = ${workspaceId} and partner = any(${wanted.map((cohort) => cohort.partner)}::text[])
    order by cohort`)
  const resolve = (partner: string, text: string): string => {
    const ofPartner = known.filter((cohort) => cohort.partner === partner)
    const byId = ofPartner.find((cohort) => cohort.cohort_id === text)
    const byName = ofPartner.filter((cohort) => cohort.name === text)
    const found = byId ?? (byName.length === 1 ? byName[0] : undefined)
    if (found) return found.cohort_id
    throw unknownCohort({ partner, text, ofPartner, isAmbiguous: byName.length > 1 })
  }
  return mapCohorts(filter, resolve)
}

function mapCohorts(filter: Filter, resolve: (partner: string, text: string) => string): Filter {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return { kind: filter.kind, of: filter.of.map((part) => mapCohorts(part, resolve)) }
    case 'cohort':
      return { ...filter, cohort_id: resolve(filter.partner, filter.cohort_id) }
    case 'field':
    case 'custom_attribute':
      return filter
    default:
      return assertNever(filter)
  }
}

interface UnknownCohort {
  readonly partner: string
  readonly text: string
  readonly ofPartner: readonly KnownCohort[]
  readonly isAmbiguous: boolean
}

function unknownCohort({ partner, text, ofPartner, isAmbiguous }: UnknownCohort) {
  const listed = ofPartner.map(({ cohort_id: id, name }) => `${id}${name === null ? '' : ` ("${name}")`}`)
  const some = listed.length > 20 ? [...listed.slice(0, 20), `and ${listed.length - 20} more`] : listed
  const message = isAmbiguous
    ? `${partner} has several cohorts named "${text}"`
    : `${partner} has no cohort "${text}"`
  return invalid('unknown_cohort', message, {
    hint:
      some.length === 0
        ? `${partner} has sent no cohort yet: run a sync that creates it first.`
        : `Name one of: ${some.join(', ')}.`,
  })
}

/** The cohorts of filters, looked up once: their store ids, and how people call them. */
export interface CohortDirectory {
  readonly ids: CohortIds
  readonly names: CohortNames
}

export async function readCohorts(database: Queryable, filters: readonly Filter[]): Promise<CohortDirectory> {
  const wanted = filters.flatMap(cohortsOf)
  const rows = await database.rows<KnownCohort & { cohort: number }>(sql`
    select c.cohort, c.partner, c.cohort_id, c.name
    from unnest(${wanted.map((w) => w.partner)}::text[], ${wanted.map((w) => w.cohort_id)}::text[])
      as w (partner, cohort_id)
    join engage.cohort c on c.workspace_id = ${workspaceId}
      and c.partner = w.partner and c.cohort_id = w.cohort_id`)
  const keyOf = (partner: string, cohortId: string): string => JSON.stringify([partner, cohortId])
  const byKey = new Map(rows.map((row) => [keyOf(row.partner, row.cohort_id), row]))
  return {
    ids: (partner, cohortId) => byKey.get(keyOf(partner, cohortId))?.cohort ?? null,
    names: (partner, cohortId) => byKey.get(keyOf(partner, cohortId))?.name ?? cohortId,
  }
}

/** The condition on `engage.profile p` of who is in a segment at this moment. */
export async function currentCondition(database: Queryable, name: string): Promise<Sql> {
  const { filter } = await getSegment(database, name)
  const { ids } = await readCohorts(database, [filter])
  return segmentCondition(filter, ids)
}

/** How many are in the segment, exactly. */
export async function countSegment(database: Queryable, name: string): Promise<number> {
  const condition = await currentCondition(database, name)
  const [row] = await database.rows<{ size: number }>(sql`
    select count(*) as size from engage.profile p where p.workspace_id = ${workspaceId} and ${condition}`)
  return row?.size ?? 0
}

export interface SegmentUse {
  readonly kind: 'campaign' | 'canvas'
  readonly name: string
  readonly segment: string
}

/** Which campaigns and Canvases speak to which segment. */
export function listSegmentUses(database: Queryable): Promise<SegmentUse[]> {
  return database.rows<SegmentUse>(sql`
    select 'campaign' as kind, name, definition ->> 'segment' as segment
    from engage.campaign where workspace_id = ${workspaceId}
    union all
    select 'canvas', name, definition ->> 'segment' from engage.canvas where workspace_id = ${workspaceId}
    order by 1, 2`)
}
