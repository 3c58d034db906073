import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CanaryCut } from '@muster/core/sync/canary.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { coupleChanges } from './coupling.ts'
import { type ChangePart, type Changes, writeChanges } from './diff-buckets.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { rangeTable } from './fold-state.ts'
import { settleDirectory } from './part-file.ts'

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
  const ordered = {
    removed: await writeOrdered(order, 'removed'),
    added: await writeOrdered(order, 'added'),
  }
  await settleDirectory(join(directory, folder))
  return { changes: { ...changes, ...ordered }, cut }
}

/** Fills `first_removed` and `first_added` with the numbers of those that are chosen. */
async function choose({ job, changes, counts, first, directory }: CanaryOrder): Promise<CanaryCut> {
  await coupleChanges(job, { changes, directory })
  const fresh = counts.added - counts.reasserted
  await job.run(`
    create or replace temp table first_removed as
    select n from ${numbers(changes.removed, directory)}
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
    select n from ${numbers(changes.added, directory)}
    anti join (select added as n from couple) using (n)
    where n < ${fresh} order by n limit ${Math.max(0, first - Number(completing?.n ?? 0))}`)
  const [cut] = await job.rows<Record<Kind, bigint>>(
    'select (select count(*) from first_removed) as removed, (select count(*) from first_added) as added',
  )
  return { removed: Number(cut?.removed ?? 0), added: Number(cut?.added ?? 0) }
}

/** First those that are chosen, then the others in the order of before: those asserted again stay the last. */
async function writeOrdered(order: CanaryOrder, kind: Kind): Promise<ChangePart[]> {
  const { job, changes, directory, folder } = order
  const before = changes[kind]
  const chosen = await partsWithFirst(job, kind, before)
  const parts: ChangePart[] = []
  let from = 0
  const write = async (part: ChangePart, join: 'semi join' | 'anti join'): Promise<void> => {
    const rows = `
      select namespace, value, row_key from ${parquet([`${directory}/${part.file}`], '')}
      ${join} first_${kind} using (n)`
    const change = { kind, bucket: part.bucket, rows, from, part: parts.length }
    const written = await writeChanges({ job, directory, folder }, change)
    if (written.rows === 0) return
    parts.push(written)
    from += written.rows
  }
  for (const part of before) if (chosen.has(part.from)) await write(part, 'semi join')
  for (const part of before) await write(part, 'anti join')
  return parts
}

/** Where the parts begin in which some are chosen. */
async function partsWithFirst(job: Job, kind: Kind, parts: readonly ChangePart[]): Promise<Set<number>> {
  await rangeTable(
    job,
    'part_range',
    parts.map((part) => ({ from: part.from, to: part.from + part.rows })),
  )
  const found = await job.rows<{ first: number }>(
    `select distinct first from part_range join first_${kind} on n >= first and n < past`,
  )
  return new Set(found.map(({ first }) => first))
}

function numbers(parts: readonly ChangePart[], directory: string): string {
  return `(select n from ${parquet(
    parts.map((part) => join(directory, part.file)),
    '0 as n',
  )})`
}
