import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeliverySums } from '@muster/core/sync/report.ts'
import { rejectedChanges, settledRanges } from './batch-store.ts'
import { inJob } from './engine/duckdb-job.ts'
import type { PartFile } from './engine/part-file.ts'
import { rememberSettled } from './engine/rejections.ts'
import type { Applying } from './send-run.ts'

/** Where the rejections of a sync are, within its directory. */
const folder = 'rejected'

/** What is known of rejections after a run. */
export interface Remembered {
  readonly epoch: number
  readonly part: PartFile | null
}

/**
 * Counts what a run has told of rejections; null where it told nothing new. When nothing is or was rejected no file is read or
 * written.
 */
export async function rememberRejected(applying: Applying, sums: DeliverySums): Promise<Remembered | null> {
  const { context, run, sync, plan, changes, directory, owner } = applying
  const { epoch, kept } = changes.rejected ?? { epoch: 0, kept: null }
  const sameAsBefore = (kept?.rows ?? 0) === (sync.rejected?.rows ?? 0)
  if (sums.rejected === 0 && (kept === null || sums.accepted === 0) && sameAsBefore) return null
  if (sums.rejected === 0 && kept === null) return { epoch, part: null }
  const { accepted } = await settledRanges(context.database, run.id, false)
  const refused = await rejectedChanges(context.database, run.id)
  await mkdir(join(directory, folder), { recursive: true })
  const scratch = join(directory, `${folder}-${run.id}-${owner}.ndjson`)
  await writeFile(scratch, refused.map((one) => `${JSON.stringify(one)}\n`).join(''))
  try {
    // As the fold: it ends a run that has already sent, and a crash does it again.
    const signal = new AbortController().signal
    const part = await inJob({ directory, signal, memoryMb: context.memoryMb }, (job) =>
      rememberSettled({
        job,
        run: run.id,
        changes,
        removed: plan.counts.removed,
        kept,
        accepted,
        rejected: scratch,
        directory,
        folder,
        file: `${folder}/run-${run.id}-${randomUUID()}.parquet`,
      }),
    )
    return { epoch, part }
  } finally {
    await rm(scratch, { force: true })
  }
}

/** Deletes the files that neither the rejections of now nor those before (somebody may be reading them) name. */
export async function sweepRejected({ directory, sync, context }: Applying, now: Remembered): Promise<void> {
  const kept = new Set([now.part?.file, sync.rejected?.file])
  const names = await readdir(join(directory, folder)).catch(() => [])
  await Promise.all(
    names
      .filter((name) => !kept.has(`${folder}/${name}`))
      .map((name) => rm(join(directory, folder, name), { force: true })),
  ).catch(() => context.log.warn('old files of rejections could not be deleted', { sync: sync.name }))
}
