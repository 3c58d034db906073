import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cutBatches } from '@muster/core/sync/batch.ts'
import { type CanaryCut, canaryOf } from '@muster/core/sync/canary.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { storeCut } from './canary-store.ts'
import { openDestination } from './connection.ts'
import { orderForCanary } from './engine/canary-changes.ts'
import { knowsCouples } from './engine/coupling.ts'
import { inJob } from './engine/duckdb-job.ts'
import { proveParts } from './engine/part-file.ts'
import { requireLease } from './run-store.ts'
import type { Applying } from './send-run.ts'

/**
 * Both operations are tried before the others of either. Where nobody knows which changes belong together no addition may go
 * before a removal, and each operation is tried in its turn.
 */
function stepsOf(cut: CanaryCut, { removed }: DiffCounts, known: boolean): CanaryCut[] {
  if (known) return [cut]
  return [
    { removed: cut.removed, added: 0 },
    { removed, added: cut.added },
  ]
}

/**
 * Puts the changes that a run tries before the others, and cuts its batches there; once, before anything is sent. The order and
 * the batches are one transaction, so that a run that is taken over finds all of it or nothing.
 */
export async function cutCanary(applying: Applying): Promise<Applying> {
  const { context, run, plan, changes, directory, owner, closing } = applying
  const rule = canaryOf(plan.canary, run.canary_first)
  if (rule === null || run.canary !== null || plan.verdict === 'empty') return applying
  const { limits } = await openDestination(context, applying.target.destination)
  const { counts } = plan
  const folder = `run-${run.id}/${owner}-first`
  const { first } = rule
  const known = knowsCouples(counts, changes, applying.sync.state)
  const ordered = known
    ? await inJob({ directory, signal: closing }, async (job) => {
        await proveParts(job, [...changes.removed, ...changes.added], { directory, what: 'the plan' })
        return orderForCanary({ job, changes, counts, first, directory, folder })
      })
    : { changes, cut: { removed: Math.min(first, counts.removed), added: Math.min(first, counts.added) } }
  const canary = { rule, steps: stepsOf(ordered.cut, counts, known), checks: [] }
  const batches = cutBatches(counts.removed, counts.added, limits.idsPerRequest, ordered.cut)
  await context.database.transaction(async (tx) => {
    await requireLease(tx, run.id, owner)
    await storeCut(tx, { id: run.id, canary, changes: ordered.changes, batches })
  })
  if (ordered.changes !== changes) {
    const old = [...changes.removed, ...changes.added]
    await Promise.all(old.map((part) => rm(join(directory, part.file), { force: true })))
  }
  return {
    ...applying,
    run: { ...run, canary, changes: ordered.changes },
    plan: { ...plan, requests: batches.length },
    changes: ordered.changes,
  }
}
