import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MusterError } from '@muster/core/lib/error.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { RejectedPolicy } from '@muster/core/sync/rejected.ts'
import type { SyncContext } from './context.ts'
import type { Changes } from './engine/diff-buckets.ts'
import type { Job } from './engine/duckdb-job.ts'
import { type PartFile, proveParts } from './engine/part-file.ts'
import { keepAll, keepFound } from './engine/rejections.ts'
import { setAsideFound } from './engine/set-aside.ts'
import type { StoredSync } from './sync-store.ts'

/**
 * What a plan does with what is known of rejections:
 * - judges: of those that it finds again it sets aside the ones that have used up their tries, and forgets the others.
 * - keeps: it is no comparison with the model, and leaves them as they are.
 * - forgets: everything is tried again.
 */
export interface KnownRejections {
  readonly treats: 'judges' | 'keeps' | 'forgets'
  readonly known: PartFile | null
  readonly epoch: number
}

/** Those of a sync, as a plan treats them. */
export function rejectionsOf(
  { rejected, rejected_epoch: epoch }: Pick<StoredSync, 'rejected' | 'rejected_epoch'>,
  treats: KnownRejections['treats'],
): KnownRejections {
  return { treats, known: rejected, epoch }
}

export interface Aside {
  readonly job: Job
  readonly changes: Changes
  readonly counts: DiffCounts
  readonly policy: RejectedPolicy | undefined
  readonly rejections: KnownRejections
  /** The sync's directory, and within it the existing folder of the plan. */
  readonly directory: string
  readonly folder: string
}

/**
 * The changes of a plan without those that are set aside, and with what its run begins from when it counts rejections. What is
 * known of them is no truth that anything depends on: where its file is damaged everything is tried again.
 */
export async function setAside(
  context: SyncContext,
  { job, changes, counts, policy, rejections, directory, folder }: Aside,
): Promise<{ readonly changes: Changes; readonly counts: DiffCounts }> {
  const { treats, epoch } = rejections
  const known =
    treats === 'forgets' ? null : await sound(context, { job, directory, known: rejections.known })
  const based = (kept: PartFile | null, of: Changes): Changes => ({ ...of, rejected: { epoch, kept } })
  if (known === null) return { changes: based(null, changes), counts }
  const file = `${folder}/rejected.parquet`
  const place = { job, directory }
  if (treats === 'keeps') return { changes: based(await keepAll(place, { known, file }), changes), counts }
  const kept = await keepFound(place, { known, changes, file })
  if (kept === null || policy === undefined) return { changes: based(kept, changes), counts }
  const { tries } = policy
  const made = await setAsideFound({ ...place, changes, counts, tries, folder: `${folder}/sent` })
  if (made.changes !== changes) {
    const unused = [...changes.removed, ...changes.added]
    await Promise.all(unused.map((part) => rm(join(directory, part.file), { force: true })))
  }
  return { ...made, changes: based(kept, made.changes) }
}

async function sound(
  { log }: SyncContext,
  {
    job,
    directory,
    known,
  }: { readonly job: Job; readonly directory: string; readonly known: PartFile | null },
): Promise<PartFile | null> {
  if (known === null) return null
  try {
    await proveParts(job, [known], { directory, what: 'the record of rejected identifiers' })
    return known
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 'files_damaged') throw error
    log.warn('rejected identifiers are all tried again', { error: error.message })
    return null
  }
}
