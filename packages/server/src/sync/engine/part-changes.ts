import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hashBits } from '@muster/core/sync/bucket.ts'
import { fromPlain } from '@muster/core/sync/identifier.ts'
import type { Member } from '@muster/core/sync/member.ts'
import type { WaitingPart } from '@muster/core/sync/part.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { changeNumbers, coupleChanges } from './coupling.ts'
import type { Changes } from './diff-buckets.ts'
import { type Job, literal } from './duckdb-job.ts'
import { rowsOfParts, settleDirectory, writePart } from './part-file.ts'
import { rewriteChanges } from './rewrite-changes.ts'
import type { SourceChecksums } from './state.ts'

export interface Parting {
  readonly job: Job
  readonly changes: Changes
  readonly counts: DiffCounts
  readonly waits: WaitingPart
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where what goes is written. */
  readonly folder: string
}

export interface GoingChanges {
  readonly changes: Changes
  readonly counts: DiffCounts
}

/**
 * What of a plan goes while a part of it waits (core/sync/part.ts, `goingPart`, is the reference), as a plan of its own: of what waits
 * nothing is told to the state, as if it had not been found yet.
 */
export async function partChanges(parting: Parting): Promise<GoingChanges> {
  const { job, changes, counts, directory, folder } = parting
  await list(parting)
  await mkdir(join(directory, folder), { recursive: true })
  const into = { job, directory, folder }
  const going = async (kind: 'removed' | 'added') =>
    rewriteChanges(into, {
      kind,
      parts: changes[kind],
      passes: [{ table: `going_${kind}`, takes: 'listed' }],
    })
  const parts = { removed: await going('removed'), added: await going('added') }
  const source = changes.source ? { source: await openChecksums(parting, changes.source) } : {}
  await settleDirectory(join(directory, folder))
  const rows = (kind: 'removed' | 'added'): number => parts[kind].reduce((sum, part) => sum + part.rows, 0)
  const added = rows('added')
  return {
    changes: { ...changes, ...parts, ...source },
    counts: {
      ...counts,
      removed: rows('removed'),
      added,
      reasserted: parting.waits === 'additions' ? added : 0,
    },
  }
}

/** Fills `going_removed` and `going_added` with the numbers of those that go. */
async function list({ job, changes, counts, waits, directory }: Parting): Promise<void> {
  await coupleChanges(job, { changes, directory })
  const fresh = counts.added - counts.reasserted
  const [removed, added] = [changes.removed, changes.added].map((parts) => changeNumbers(parts, directory))
  const going =
    waits === 'removals'
      ? {
          removed: `select n from ${removed} where false`,
          added: `select n from ${added} anti join (select added as n from couple) using (n) where n < ${fresh}`,
        }
      : {
          removed: `select n from ${removed} anti join (select removed as n from couple where added < ${fresh}) using (n)`,
          added: `
            select distinct couple.added as n from couple join going_removed on going_removed.n = couple.removed
            where couple.added >= ${fresh}`,
        }
  await job.run(`create or replace temp table going_removed as ${going.removed}`)
  await job.run(`create or replace temp table going_added as ${going.added}`)
}

/** The checksums of the buckets in which nothing waits: the others are compared again. */
async function openChecksums(
  { job, changes, directory, folder }: Parting,
  source: SourceChecksums,
): Promise<SourceChecksums> {
  const waiting = (kind: 'removed' | 'added'): string => `
    select hash >> ${hashBits - 4 * source.digits} as bucket
    from ${rowsOfParts(changes[kind], directory, '0 as n, 0::usmallint as hash')} anti join going_${kind} using (n)`
  const query = `
    from read_parquet(${literal(join(directory, source.part.file))})
    anti join (${waiting('removed')} union all ${waiting('added')}) using (bucket)`
  return {
    digits: source.digits,
    part: await writePart(job, { directory, file: `${folder}/source.parquet`, query }),
  }
}

/** A few of those that wait, after `partChanges`. */
export async function sampleWaiting(
  { job, changes, directory }: Parting,
  kind: 'removed' | 'added',
  many: number,
): Promise<Member[]> {
  const shape = "0 as n, '' as namespace, '' as value, '' as row_key"
  const rows = await job.rows<{ namespace: string; value: string; row_key: string }>(`
    select namespace, value, row_key from ${rowsOfParts(changes[kind], directory, shape)} anti join going_${kind} using (n)
    order by n limit ${Math.trunc(many)}`)
  return rows.map(({ row_key, ...plain }) => ({ identifier: fromPlain(plain), rowKey: row_key }))
}
