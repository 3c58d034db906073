import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SyncDefinition } from '@muster/core/sync/definition.ts'
import type { Member } from '@muster/core/sync/member.ts'
import { type PartSums, type WaitingPart, waitingPart } from '@muster/core/sync/part.ts'
import type { DiffCounts, Plan } from '@muster/core/sync/plan.ts'
import { knowsCouples } from './engine/coupling.ts'
import type { Changes } from './engine/diff-buckets.ts'
import type { Job } from './engine/duckdb-job.ts'
import { type GoingChanges, partChanges, sampleWaiting } from './engine/part-changes.ts'
import type { State } from './engine/state.ts'

const samplesShown = 5

/** What of a plan goes while a part of it waits for a person, in numbers, and a few of those that wait. */
export interface PlanParts {
  readonly waits: WaitingPart
  readonly going: PartSums
  readonly waiting: PartSums
  readonly samples: { readonly added: readonly Member[]; readonly removed: readonly Member[] }
}

export interface PartingPlan {
  readonly job: Job
  readonly plan: Plan
  readonly changes: Changes
  readonly guards: SyncDefinition['guards']
  readonly state: State | null
  /** The run goes on to send what may go. Otherwise only the figures are wanted. */
  readonly applies: boolean
  /** The sync's directory, and within it where what goes is written. */
  readonly directory: string
  readonly folder: string
}

/**
 * Parts a held plan where its sync lets the rest go; null where all of it is held: by the guards that are broken, because nothing
 * would go, or because nobody knows which removals and additions belong together.
 */
export async function partPlan(
  parting: PartingPlan,
): Promise<{ readonly parts: PlanParts; readonly going: GoingChanges } | null> {
  const { job, plan, changes, guards, state, applies, directory, folder } = parting
  const { counts } = plan
  const waits = waitingPart(guards, plan.breaches)
  if (waits === null || !knowsCouples(counts, changes, state)) return null
  const part = { job, changes, counts, waits, directory, folder }
  const going = await partChanges(part)
  const goes = going.counts.removed + going.counts.added > 0
  const samples = {
    added: await sampleWaiting(part, 'added', samplesShown),
    removed: await sampleWaiting(part, 'removed', samplesShown),
  }
  const unused = goes && applies ? [...changes.removed, ...changes.added].map(({ file }) => file) : [folder]
  for (const file of unused) await rm(join(directory, file), { recursive: true, force: true })
  if (!goes) return null
  const rest = (of: Pick<DiffCounts, 'removed' | 'added'>): PartSums => ({
    removed: counts.removed - of.removed,
    added: counts.added - of.added,
  })
  const { removed, added } = going.counts
  return { parts: { waits, going: { removed, added }, waiting: rest(going.counts), samples }, going }
}

/** Why a plan that its sync would part is held whole all the same, where people could not guess it. */
export function notParted({
  guards,
  plan,
  changes,
  state,
}: Pick<PartingPlan, 'guards' | 'plan' | 'changes' | 'state'>): string | null {
  if (waitingPart(guards, plan.breaches) === null || knowsCouples(plan.counts, changes, state)) return null
  return 'all of it is held, not a part: several rows named one member when the model was last read, so nobody knows which removals and additions belong together'
}
