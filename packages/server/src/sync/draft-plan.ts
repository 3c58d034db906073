import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MusterError, messageOf, missing, transient } from '@muster/core/lib/error.ts'
import { ModelDefinition, SyncDefinition } from '@muster/core/sync/definition.ts'
import { runsRemembered } from '@muster/core/sync/guard.ts'
import type { Plan } from '@muster/core/sync/plan.ts'
import { computePlan } from './compute-plan.ts'
import { type SyncContext, syncDirectory } from './context.ts'
import { getModel } from './model.ts'
import { parseDefinition } from './parse-definition.ts'
import { membersOfRuns } from './run-store.ts'
import { rejectionsOf } from './set-aside.ts'
import { findSync, type StoredSync } from './sync-store.ts'

export interface DraftInput {
  readonly name: string
  readonly definition: unknown
  /** In place of the stored model. */
  readonly model: unknown
}

export type Draft = { readonly id: string } & (
  | { readonly status: 'planning' }
  | { readonly status: 'planned'; readonly sync: string; readonly plan: Plan }
  | { readonly status: 'failed'; readonly message: string; readonly hint: string | null }
)

/** Plans of definitions that are not deployed. They are kept in memory for a while: nothing depends on them. */
export interface Drafts {
  /** Begins to plan and returns at once; `invalid` where a definition is wrong, `transient` where too many are under way. */
  beginDraft(input: DraftInput): Draft
  /** The draft; with `waitMs` once it is planned, or after that time. `missing` where there is none (any more). */
  draft(id: string, waitMs: number): Promise<Draft>
  stopDrafts(): Promise<void>
}

const mostAtOnce = 4
const keptMs = 10 * 60_000

export function openDrafts(context: SyncContext): Drafts {
  const drafts = new Map<string, { draft: Draft; readonly done: Promise<void> }>()
  const abort = new AbortController()
  return {
    beginDraft: (input) => {
      const under = [...drafts.values()].filter(({ draft }) => draft.status === 'planning').length
      if (under >= mostAtOnce) {
        throw transient('too_many_drafts', `${under} drafts are being planned`, {
          hint: 'Try again when one of them is done.',
        })
      }
      const id = randomUUID()
      const parsed = {
        name: input.name,
        definition: parseDefinition(SyncDefinition, input.definition, `sync ${input.name}`),
        model: input.model === undefined ? null : parseDefinition(ModelDefinition, input.model, 'the model'),
      }
      const entry: { draft: Draft; done: Promise<void> } = {
        draft: { id, status: 'planning' },
        done: Promise.resolve(),
      }
      entry.done = planDraft(context, { id, ...parsed, signal: abort.signal }).then((draft) => {
        entry.draft = draft
        setTimeout(() => drafts.delete(id), keptMs).unref()
      })
      drafts.set(id, entry)
      return entry.draft
    },
    draft: async (id, waitMs) => {
      const entry = drafts.get(id)
      if (!entry) {
        throw missing('no_draft', 'there is no draft with this id', {
          hint: 'Drafts are kept for ten minutes, and not over a restart: plan again.',
        })
      }
      await Promise.race([entry.done, new Promise((done) => setTimeout(done, waitMs).unref())])
      return entry.draft
    },
    stopDrafts: async () => {
      abort.abort()
      await Promise.all([...drafts.values()].map(({ done }) => done))
    },
  }
}

interface ParsedDraft {
  readonly id: string
  readonly name: string
  readonly definition: SyncDefinition
  readonly model: ModelDefinition | null
  readonly signal: AbortSignal
}

async function planDraft(
  context: SyncContext,
  { id, name, definition, model: given, signal }: ParsedDraft,
): Promise<Draft> {
  const stored = await findSync(context.database, name)
  const directory = stored ? syncDirectory(context, stored.id) : join(context.directory, `draft-${id}`)
  const folder = `draft-${id}`
  const scratch = join(directory, `${folder}-read`)
  try {
    const model = given
      ? { name: definition.model, definition: given }
      : await getModel(context.database, definition.model)
    await mkdir(join(directory, folder), { recursive: true })
    await mkdir(scratch, { recursive: true })
    const known = stored && aimsAtSame(stored, definition) ? stored : null
    const state = known?.state ?? null
    const rejections = known ? { rejections: rejectionsOf(known, 'judges') } : {}
    const sync = { definition, state }
    const membersBefore = stored ? await membersOfRuns(context.database, stored.id, runsRemembered) : []
    const input = { sync, model, directory, folder, scratch, signal, membersBefore, ...rejections }
    const { plan } = await computePlan(context, input)
    return { id, status: 'planned', sync: name, plan }
  } catch (error) {
    const known = error instanceof MusterError
    if (!known) context.log.error('a draft failed', { sync: name, error: messageOf(error) })
    return { id, status: 'failed', message: messageOf(error), hint: known ? (error.hint ?? null) : null }
  } finally {
    await rm(join(directory, folder), { recursive: true, force: true })
    await rm(scratch, { recursive: true, force: true })
    if (!stored) await rm(directory, { recursive: true, force: true })
  }
}

/** What another cohort or destination has accepted says nothing of this one (`storeSync`). */
function aimsAtSame({ definition: before, cohort_id }: StoredSync, after: SyncDefinition): boolean {
  if (before.destination !== after.destination) return false
  return 'existing' in after.cohort ? after.cohort.existing === cohort_id : 'create' in before.cohort
}
