import type { Deletion, LeftBehind, SyncDeletion } from '@muster/core/api/deletion-routes.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Deletable } from '@muster/core/sync/deletion.ts'
import { count, sentence } from './output.ts'

/** What deleting it takes away and what stays, before it is done. */
export function deletionAsked({ kind, name, sync }: Deletion): string {
  if (sync === null) return `Deleting the ${kind} ${name} forgets ${forgotten(kind)}.`
  return [
    `Deleting the sync ${name} takes away its ${many(sync.runs, 'run')} with plans and ledgers, and what it knows of its cohort.`,
    staying(sync),
    ...remedy(sync),
  ].join('\n')
}

/** The same when it is done, with what was left behind. */
export function deletionDone({ kind, name, sync }: Deletion): string {
  if (sync === null) return `The ${kind} ${name} is deleted.`
  return [
    `The sync ${name} is deleted, with ${many(sync.runs, 'run')}.`,
    staying(sync),
    ...sync.left.map(leftBehind),
  ].join('\n')
}

function forgotten(kind: Deletable): string {
  switch (kind) {
    case 'source':
    case 'destination':
    case 'notifier':
      return 'how it is reached and its credentials; nothing changes at its other end'
    case 'model':
      return 'its SQL; nothing changes in the source'
    case 'sync':
      return 'its runs'
    default:
      return assertNever(kind)
  }
}

/** Who is in the cohort and stays there. */
function staying({ runs, mode, accepted, destination, cohort }: SyncDeletion): string {
  const place = `the cohort ${cohort.name ?? cohort.cohort_id} at ${destination}`
  if (runs === 0) return 'It has never run, and deleting sends nothing.'
  if (accepted === null) return `Deleting sends nothing: whoever is in ${place} stays there.`
  const members = many(accepted, 'member')
  if (mode === 'remove_only')
    return `Deleting sends nothing: the ${members} that were taken out of ${place} stay out.`
  return `Deleting sends nothing: the ${members} that were accepted into ${place} stay there.`
}

/** How to empty the cohort before: only who is known to have been accepted can be taken out. */
function remedy({ mode, accepted }: SyncDeletion): string[] {
  if (accepted === null || accepted === 0 || mode === 'remove_only') return []
  const mirror = mode === 'mirror' ? '' : 'set its mode to mirror, '
  return [
    `To take them out first: ${mirror}let it use a model that gives no rows (where false), run it, and release the run that a guard then holds.`,
  ]
}

function leftBehind(left: LeftBehind): string {
  switch (left.what) {
    case 'tables':
      return `Left in the warehouse of the source ${left.source}: tables named ${left.prefix}… (${left.reason}). Muster tries again for an hour.`
    case 'files':
      return `Left in the data directory: ${sentence(left.reason)} Muster tries again every minute.`
    default:
      return assertNever(left)
  }
}

function many(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`
}
