import type { Filter } from '@muster/core/engage/segment.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { countSegment } from './segment-store.ts'
import { workspaceId } from './workspace.ts'

export interface IdentifiedSegment {
  readonly segment_id: string
  readonly name: string
  readonly filter: Filter
  readonly created_at: Instant
  readonly updated_at: Instant
}

const pageLength = 100

/** Segments with the ids that Braze's surface knows them by, a page of 100 from page 0 on. */
export function pageOfSegments(
  database: Queryable,
  { page, newestFirst }: { readonly page: number; readonly newestFirst: boolean },
): Promise<IdentifiedSegment[]> {
  return database.rows<IdentifiedSegment>(sql`
    select segment_id, name, filter, created_at, updated_at from engage.segment where workspace_id = ${workspaceId}
    order by ${newestFirst ? -1 : 1}::int * extract(epoch from created_at), name
    limit ${pageLength} offset ${page * pageLength}`)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The segment with this id, or null; any value may be given. */
export async function findSegment(database: Queryable, id: unknown): Promise<IdentifiedSegment | null> {
  if (typeof id !== 'string' || !uuid.test(id)) return null
  const [row] = await database.rows<IdentifiedSegment>(sql`
    select segment_id, name, filter, created_at, updated_at from engage.segment
    where workspace_id = ${workspaceId} and segment_id = ${id}::uuid`)
  return row ?? null
}

export interface SizeOnDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly size: number
}

/** Writes down today's size of every segment that has none yet, so that a series has every day, asked for or not. */
export async function recordSizes(database: Database, now: Instant): Promise<void> {
  const due = await database.rows<{ segment_id: string; name: string }>(sql`
    select s.segment_id, s.name from engage.segment s
    where s.workspace_id = ${workspaceId} and not exists (
      select from engage.segment_size z
      where z.workspace_id = ${workspaceId} and z.segment_id = s.segment_id
        and z.day = (${new Date(now)}::timestamptz)::date)`)
  for (const { segment_id, name } of due) {
    await recordSize(database, { segment_id, size: await countSegment(database, name), now })
  }
}

function recordSize(
  database: Database,
  { segment_id, size, now }: { readonly segment_id: string; readonly size: number; readonly now: Instant },
): Promise<object[]> {
  return database.rows(sql`
    insert into engage.segment_size (workspace_id, segment_id, day, size)
    values (${workspaceId}, ${segment_id}::uuid, (${new Date(now)}::timestamptz)::date, ${size})
    on conflict (workspace_id, segment_id, day) do update set size = excluded.size`)
}

/**
 * The sizes of a segment on the days up to and with the day of `until`, as far as they are known, oldest first. A day's
 * size is the last that was asked for on it; that of today is counted now.
 */
export async function segmentSeries(
  database: Database,
  segment: IdentifiedSegment,
  { days, until, now }: { readonly days: number; readonly until: Instant; readonly now: Instant },
): Promise<SizeOnDay[]> {
  const size = await countSegment(database, segment.name)
  await recordSize(database, { segment_id: segment.segment_id, size, now })
  return database.rows<SizeOnDay>(sql`
    select day::text, size from engage.segment_size
    where workspace_id = ${workspaceId} and segment_id = ${segment.segment_id}::uuid
      and day <= (${new Date(until)}::timestamptz)::date
      and day > (${new Date(until)}::timestamptz)::date - ${days}::int
    order by day`)
}
