import { type CanaryCheck, judgeCanary } from '@muster/core/sync/canary.ts'
import type { OpenDestination } from '@muster/core/sync/destination.ts'
import { identifierKey } from '@muster/core/sync/identifier.ts'
import { settledRanges, sumOperation } from './batch-store.ts'
import type { StoredCanary } from './canary-store.ts'
import type { Job } from './engine/duckdb-job.ts'
import { readChanges } from './engine/read-changes.ts'
import type { Applying } from './send-run.ts'

/** Judges the changes of a step, all of which are settled; looks into the cohort where the rule asks for it. */
export async function checkCanary(
  applying: Applying,
  far: { readonly job: Job; readonly destination: OpenDestination },
  canary: StoredCanary,
): Promise<CanaryCheck> {
  const { context, run, plan } = applying
  const { rule, steps, checks } = canary
  const sums = { accepted: 0, rejected: 0, added: 0 }
  const step = steps[checks.length] ?? { removed: 0, added: 0 }
  const take = async (operation: 'remove' | 'add', past: number): Promise<void> => {
    const { accepted, rejected } = await sumOperation(context.database, run.id, { operation, past })
    sums.accepted += accepted
    sums.rejected += rejected
    if (operation === 'add') sums.added += accepted
  }
  // Removals are judged with the first step only: a later one sends them all, and they would outweigh its additions.
  if (checks.length === 0) await take('remove', step.removed)
  await take('add', plan.counts.removed + step.added)
  const looks = rule.min_matched !== undefined && step.added > 0
  const matched = looks ? await countMatched(applying, far, step.added) : null
  return judgeCanary(rule, { ...sums, matched })
}

/** How many of the first so many additions, of those that were accepted, are in the cohort; null where the destination tells nobody. */
async function countMatched(
  { context, run, plan, changes, target, directory, closing }: Applying,
  { job, destination }: { readonly job: Job; readonly destination: OpenDestination },
  many: number,
): Promise<number | null> {
  const pages = (await destination.readMembers?.(target.cohort_id, closing)) ?? null
  if (!pages) return null
  const range = { operation: 'add', from: 0, to: many, directory } as const
  const { accepted } = await settledRanges(context.database, run.id, false)
  const isAccepted = (n: number): boolean => accepted.some(({ from, to }) => n >= from && n < to)
  const sought = new Set(
    (await readChanges(job, changes, range))
      .filter((change) => isAccepted(plan.counts.removed + change.n))
      .map((change) => identifierKey(change.identifier)),
  )
  const all = sought.size
  for await (const page of pages) {
    for (const { identifiers } of page) for (const one of identifiers) sought.delete(identifierKey(one))
    if (sought.size === 0) break
  }
  return all - sought.size
}
