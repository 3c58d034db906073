import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hashBits } from '@muster/core/sync/bucket.ts'
import type { Changes } from './diff-buckets.ts'
import { type Job, literal } from './duckdb-job.ts'
import { rowsOfParts, settleDirectory, writePart } from './part-file.ts'
import { rewriteChanges } from './rewrite-changes.ts'
import type { SourceChecksums } from './state.ts'

export interface Going {
  readonly job: Job
  readonly changes: Changes
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where what goes is written. */
  readonly folder: string
}

/**
 * Writes those changes anew whose numbers are in `going_removed` and `going_added` (n), numbered from 0. Of the others nothing is
 * told to the state, as if they had not been found yet.
 */
export async function writeGoing(going: Going): Promise<Changes> {
  const { job, changes, directory, folder } = going
  await mkdir(join(directory, folder), { recursive: true })
  const into = { job, directory, folder }
  const listed = async (kind: 'removed' | 'added') =>
    rewriteChanges(into, {
      kind,
      parts: changes[kind],
      passes: [{ table: `going_${kind}`, takes: 'listed' }],
    })
  const parts = { removed: await listed('removed'), added: await listed('added') }
  const source = changes.source ? { source: await openChecksums(going, changes.source) } : {}
  await settleDirectory(join(directory, folder))
  return { ...changes, ...parts, ...source }
}

/** The checksums of the buckets in which everything goes: the others are compared again. */
async function openChecksums(
  { job, changes, directory, folder }: Going,
  source: SourceChecksums,
): Promise<SourceChecksums> {
  const staying = (kind: 'removed' | 'added'): string => `
    select hash >> ${hashBits - 4 * source.digits} as bucket
    from ${rowsOfParts(changes[kind], directory, '0 as n, 0::usmallint as hash')} anti join going_${kind} using (n)`
  const query = `
    from read_parquet(${literal(join(directory, source.part.file))})
    anti join (${staying('removed')} union all ${staying('added')}) using (bucket)`
  return {
    ...source,
    part: await writePart(job, { directory, file: `${folder}/source.parquet`, query }),
  }
}
