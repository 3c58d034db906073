import { readFile, stat } from 'node:fs/promises'
import { MusterError } from '@muster/core/lib/error.ts'
import { type DbtJob, parseDbtResults } from '@muster/core/sync/dbt-results.ts'
import type { SyncContext } from './context.ts'
import { type DbtSync, dbtSyncs } from './dbt-job-store.ts'
import { tellOfJob } from './dbt-jobs.ts'

/** Looks for new artefacts of dbt where syncs expect them. */
export interface DbtWatch {
  look(): Promise<void>
  /** What is wrong with the artefact at a path, as the last look found it; null where nothing is. */
  problemAt(path: string): string | null
}

/** With 5,000 nodes an artefact has some 20 MB. */
const maxBytes = 64 * 1024 * 1024

/** What stood at a path. */
interface Artefact {
  /** Of the file as it was read: another one is another state of it. */
  readonly stamp: string
  readonly job: DbtJob | null
  readonly problem: string | null
  /** The syncs that were told. */
  readonly told: string
}

export function openDbtWatch(context: SyncContext): DbtWatch {
  const known = new Map<string, Artefact>()

  const lookAt = async (path: string, syncs: readonly DbtSync[]): Promise<void> => {
    const before = known.get(path)
    const found = await readArtefact(path, before?.stamp ?? null)
    const artefact = found ?? before
    if (!artefact) return
    const names = syncs.map(({ id }) => id).join(' ')
    if (artefact.job && (found || before?.told !== names)) await tellOfJob(context, artefact.job, syncs)
    known.set(path, { ...artefact, told: names })
    if (found?.problem) context.log.warn('the results of dbt are not read', { problem: found.problem })
  }
  return {
    look: async () => {
      const bySource = Map.groupBy(await dbtSyncs(context.database), ({ waits }) => waits.run_results)
      for (const path of known.keys()) if (!bySource.has(path)) known.delete(path)
      for (const [path, syncs] of bySource) if (path !== undefined) await lookAt(path, syncs)
    },
    problemAt: (path) => known.get(path)?.problem ?? null,
  }
}

/**
 * The artefact at a path; null where it is as it was. One that dbt has not written to its end yet is no JSON, and is read
 * again when it has changed. An error says nothing of what the file holds.
 */
async function readArtefact(path: string, before: string | null): Promise<Artefact | null> {
  const failed = (stamp: string, problem: string): Artefact | null =>
    stamp === before ? null : { stamp, job: null, problem, told: '' }
  const info = await stat(path, { bigint: true }).catch(() => null)
  if (!info?.isFile()) return failed('none', `there is no file ${path} on this machine`)
  const stamp = `${info.ino} ${info.size} ${info.mtimeNs}`
  if (stamp === before) return null
  if (info.size > maxBytes) return failed(stamp, `${path} is larger than 64 MiB; use muster dbt-finished`)
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return failed('unreadable', `${path} may not be read`)
  try {
    return { stamp, job: parseDbtResults(parseJson(text)), problem: null, told: '' }
  } catch (error) {
    const problem = error instanceof MusterError ? error.message : 'it is not whole'
    return failed(stamp, `${path}: ${problem}`)
  }
}

function parseJson(text: string): unknown {
  return JSON.parse(text)
}
