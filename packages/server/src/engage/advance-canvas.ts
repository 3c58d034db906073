import { type CanvasDefinition, type EntryState, step } from '@muster/core/engage/canvas.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { stepSource } from './canvas-store.ts'
import { type Reservation, refTemplate, reserve, type TemplateRef } from './ledger.ts'
import { shareLifeOfReserved } from './lifecycle-lock.ts'
import { workspaceId } from './workspace.ts'

const batchSize = 500

/**
 * One turn of the Canvas loop: takes entries that are due, lets core's `step` decide, and stores the new states together
 * with the messages that they cause. Returns how many entries moved. Any number of processes may run it at once.
 */
export async function advanceEntries(database: Database, now: Instant): Promise<number> {
  return database.transaction(async (tx) => {
    await shareLifeOfReserved(tx)
    const entries = await claimDueEntries(tx, now)
    if (entries.length === 0) return 0
    const canvases = await readDefinitions(tx, [...new Set(entries.map((entry) => entry.canvas))])
    const moved: MovedEntry[] = []
    const reservations: Reservation[] = []
    const templates = new Map<string, TemplateRef>()
    for (const entry of entries) {
      const canvas = canvases.get(entry.canvas)
      if (!canvas) continue
      const next = step(canvas.definition, stateOf(entry), eventOf(entry), now)
      moved.push({ entry: entry.entry, state: next.entry })
      for (const effect of next.effects) {
        const source = stepSource(canvas.name, effect.step)
        const ref = templates.get(source) ?? (await refTemplate(tx, source, effect.message))
        templates.set(source, ref)
        reservations.push({ ...ref, profileId: entry.profile_id, occurrence: entry.occurrence })
      }
    }
    await storeStates(tx, moved)
    await reserve(tx, reservations, now)
    return moved.length
  })
}

interface EntryRow {
  readonly entry: number
  readonly canvas: number
  readonly profile_id: number
  readonly occurrence: number
  readonly state: 'entering' | 'waiting'
  readonly step: string | null
  readonly due_at: Instant
}

function claimDueEntries(tx: Queryable, now: Instant): Promise<EntryRow[]> {
  return tx.rows<EntryRow>(sql`
    select entry, canvas, profile_id, occurrence, state, step, due_at
    from engage.canvas_entry
    where workspace_id = ${workspaceId} and state <> 'exited' and due_at <= ${new Date(now)}
    order by due_at, entry limit ${batchSize} for update skip locked`)
}

interface CanvasText {
  readonly name: string
  readonly definition: CanvasDefinition
}

async function readDefinitions(
  tx: Queryable,
  canvases: readonly number[],
): Promise<ReadonlyMap<number, CanvasText>> {
  const rows = await tx.rows<CanvasText & { canvas: number }>(sql`
    select canvas, name, definition from engage.canvas
    where workspace_id = ${workspaceId} and canvas = any(${[...canvases]}::int[])`)
  return new Map(rows.map((row) => [row.canvas, row]))
}

function stateOf({ state, step: at, due_at: due }: EntryRow): EntryState | null {
  return state === 'waiting' && at !== null ? { kind: 'waiting', step: at, due } : null
}

function eventOf(entry: EntryRow): { readonly kind: 'entered' | 'due' } {
  return { kind: stateOf(entry) === null ? 'entered' : 'due' }
}

interface MovedEntry {
  readonly entry: number
  readonly state: EntryState
}

async function storeStates(tx: Queryable, moved: readonly MovedEntry[]): Promise<void> {
  const steps = moved.map(({ state }) => (state.kind === 'waiting' ? state.step : null))
  const dues = moved.map(({ state }) => (state.kind === 'waiting' ? state.due : null))
  const reasons = moved.map(({ state }) => (state.kind === 'exited' ? state.reason : null))
  await tx.rows(sql`
    update engage.canvas_entry e
    set state = n.state, step = n.step, due_at = coalesce(to_timestamp(n.due / 1000.0), e.due_at),
      exit_reason = n.reason
    from unnest(${moved.map((m) => m.entry)}::bigint[], ${moved.map((m) => m.state.kind)}::text[],
                ${steps}::text[], ${dues}::float8[], ${reasons}::text[]) as n (entry, state, step, due, reason)
    where e.workspace_id = ${workspaceId} and e.entry = n.entry`)
}
