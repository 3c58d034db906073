import type { CanvasDefinition } from '@muster/core/engage/canvas.ts'
import type { Channel } from '@muster/core/engage/message.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { checkMessages } from './check-message.ts'
import { countSends, noSends, type SendCountRow } from './ledger.ts'
import { shareLifeOfReserved } from './lifecycle-lock.ts'
import { currentCondition, getSegment } from './segment-store.ts'
import { workspaceId } from './workspace.ts'

export interface CanvasRow {
  readonly canvas: number
  readonly name: string
  readonly definition: CanvasDefinition
  readonly launched_at: Instant | null
  readonly entered: number
  readonly waiting: number
  readonly finished: number
  readonly counts: SendCountRow
}

export function stepSource(canvas: string, step: string): string {
  return `canvas:${canvas}/${step}`
}

export function listCanvases(database: Queryable): Promise<CanvasRow[]> {
  return readCanvases(database, sql`true`)
}

export async function getCanvas(database: Queryable, name: string): Promise<CanvasRow> {
  const [row] = await readCanvases(database, sql`c.name = ${name}`)
  if (row) return row
  throw missing('unknown_canvas', `there is no Canvas "${name}"`, {
    hint: 'Take one of the list of Canvases, or make this one first.',
  })
}

async function readCanvases(database: Queryable, condition: Sql): Promise<CanvasRow[]> {
  const rows = await database.rows<Omit<CanvasRow, 'counts'>>(sql`
    select c.canvas, c.name, c.definition, c.launched_at, e.entered, e.waiting, e.finished
    from engage.canvas c
    cross join lateral (
      select count(*) as entered, count(*) filter (where state <> 'exited') as waiting,
        count(*) filter (where state = 'exited') as finished
      from engage.canvas_entry e where e.workspace_id = c.workspace_id and e.canvas = c.canvas) e
    where c.workspace_id = ${workspaceId} and ${condition} order by c.name`)
  const counts = await countSends(database, rows.flatMap(sourcesOf))
  return rows.map((row) => ({ ...row, counts: sum(sourcesOf(row).map((source) => counts.get(source))) }))
}

function sourcesOf({ name, definition }: Pick<CanvasRow, 'name' | 'definition'>): string[] {
  return definition.steps.flatMap((step) => (step.kind === 'message' ? [stepSource(name, step.id)] : []))
}

function sum(counts: readonly (SendCountRow | undefined)[]): SendCountRow {
  return counts.reduce<SendCountRow>(
    (total, row) => ({
      pending: total.pending + (row?.pending ?? 0),
      sent: total.sent + (row?.sent ?? 0),
      failed: total.failed + (row?.failed ?? 0),
      unknown: total.unknown + (row?.unknown ?? 0),
    }),
    noSends,
  )
}

export interface NewCanvas {
  readonly name: string
  readonly definition: CanvasDefinition
  readonly channels: readonly Channel[]
}

/** Makes or changes a Canvas. Refuses an unknown segment or channel, and a template that does not parse. */
export async function putCanvas(
  database: Queryable,
  { name, definition, channels }: NewCanvas,
): Promise<void> {
  const messages = definition.steps.flatMap((step, place) =>
    step.kind === 'message' ? [{ where: `steps[${place}].message`, message: step.message }] : [],
  )
  checkMessages(messages, channels)
  await getSegment(database, definition.segment)
  await database.rows(sql`
    insert into engage.canvas (workspace_id, name, definition)
    values (${workspaceId}, ${name}, ${json(definition)}::jsonb)
    on conflict (workspace_id, name) do update set definition = excluded.definition`)
}

/**
 * Lets everybody enter who is in the segment at this moment and has not entered before; the Canvas loop takes them
 * through the steps. Returns how many entered.
 */
export async function launchCanvas(database: Database, name: string, now: Instant): Promise<number> {
  return database.transaction(async (tx) => {
    await shareLifeOfReserved(tx)
    const { canvas, definition } = await getCanvas(tx, name)
    const condition = await currentCondition(tx, definition.segment)
    const [row] = await tx.rows<{ entering: number }>(sql`
      with entered as (
        insert into engage.canvas_entry (workspace_id, canvas, profile_id, due_at, entered_at)
        select ${workspaceId}, ${canvas}, p.profile_id, ${new Date(now)}::timestamptz, ${new Date(now)}::timestamptz
        from engage.profile p where p.workspace_id = ${workspaceId} and ${condition}
        on conflict (workspace_id, canvas, profile_id, occurrence) do nothing
        returning 1
      )
      select count(*) as entering from entered`)
    await tx.rows(sql`
      update engage.canvas set launched_at = coalesce(launched_at, ${new Date(now)})
      where workspace_id = ${workspaceId} and canvas = ${canvas}`)
    return row?.entering ?? 0
  })
}
