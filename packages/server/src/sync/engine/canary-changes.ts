import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CanaryCut } from '@muster/core/sync/canary.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { changeNumbers, coupleChanges } from './coupling.ts'
import type { Changes } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { settleDirectory } from './part-file.ts'
import { rewriteChanges } from './rewrite-changes.ts'

export interface CanaryOrder {
  readonly job: Job
  readonly changes: Changes
  readonly counts: DiffCounts
  /** How many of each operation are to be tried. */
  readonly first: number
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where changes go that are numbered anew. */
  readonly folder: string
}

type Kind = 'removed' | 'added'

/**
 * Puts the changes that are tried before the others (core/sync/canary.ts, `chooseCanary`, is the reference). They are written
 * anew only where a plan both removes and adds; of other plans the first are as good as any.
 */
export async function orderForCanary(
  order: CanaryOrder,
): Promise<{ readonly changes: Changes; readonly cut: CanaryCut }> {
  const { changes, counts, first, directory, folder } = order
  const { removed, added } = counts
  if (removed === 0 || added === 0) {
    return { changes, cut: { removed: Math.min(first, removed), added: Math.min(first, added) } }
  }
  const cut = await choose(order)
  await mkdir(join(directory, folder), { recursive: true })
  // First those that are chosen, then the others.
  const ordered = async (kind: Kind) => {
    const table = `first_${kind}`
    const passes = [{ table, takes: 'listed' } as const, { table, takes: 'others' } as const]
    return rewriteChanges({ job: order.job, directory, folder }, { kind, parts: changes[kind], passes })
  }
  const parts = { removed: await ordered('removed'), added: await ordered('added') }
  await settleDirectory(join(directory, folder))
  return { changes: { ...changes, ...parts }, cut }
}

/** Fills `first_removed` and `first_added` with the numbers of those that are chosen. */
async function choose({ job, changes, counts, first, directory }: CanaryOrder): Promise<CanaryCut> {
  await coupleChanges(job, { changes, directory })
  const fresh = counts.added - counts.reasserted
  await job.run(`
    create or replace temp table first_removed as
    select n from ${changeNumbers(changes.removed, directory)}
    anti join (
      select removed as n from couple group by removed having count(*) > 1 or max(added) >= ${fresh}
      union all
      select removed as n from couple
      semi join (select added from couple group by added having count(*) > 1) using (added)
    ) using (n)
    order by n limit ${Math.trunc(first)}`)
  await job.run(`
    create or replace temp table first_added as
    select added as n from couple semi join first_removed on first_removed.n = couple.removed`)
  const [completing] = await job.rows<{ n: bigint }>('select count(*) as n from first_added')
  await job.run(`
    insert into first_added
    select n from ${changeNumbers(changes.added, directory)}
    anti join (select added as n from couple) using (n)
    where n < ${fresh} order by n limit ${Math.max(0, first - Number(completing?.n ?? 0))}`)
  const [cut] = await job.rows<Record<Kind, bigint>>(
    'select (select count(*) from first_removed) as removed, (select count(*) from first_added) as added',
  )
  return { removed: Number(cut?.removed ?? 0), added: Number(cut?.added ?? 0) }
}
