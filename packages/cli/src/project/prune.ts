import type { Deletion } from '@muster/core/api/deletion-routes.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { type Doomed, inDeletionOrder } from '@muster/core/sync/deletion.ts'
import colors from 'picocolors'
import { hasWord, type Word } from '../ask.ts'
import type { Context } from '../command.ts'
import { deleteNamed } from '../delete-named.ts'
import { deletionDone } from '../deletion-text.ts'
import { count } from '../output.ts'
import type { ServerResource } from './server-resources.ts'

/** In the order in which they can be deleted; what cannot be is left out. */
export function inPruneOrder(others: readonly ServerResource[]): readonly Doomed[] {
  return inDeletionOrder(others, ({ definition: { schedule } }) =>
    isObject(schedule) && typeof schedule.after === 'string' ? schedule.after : null,
  )
}

/** What the server has and the files have not. */
export function othersText(others: readonly ServerResource[]): string {
  const listed = others.map(({ kind, name }) => `  ${colors.dim('?')} ${kind} ${name}`)
  return ['On the server, not in the files:', ...listed].join('\n')
}

/** Deletes them one by one, having asked once. What is refused stops it: what was deleted before is gone. */
export async function pruneOthers(
  { client, output }: Pick<Context, 'client' | 'output'>,
  doomed: readonly Doomed[],
  word: Word,
): Promise<Deletion[]> {
  if (doomed.length === 0) return []
  for (const { name } of doomed.filter(({ kind }) => kind === 'sync')) {
    const { accepted, definition } = await client.getSync({ params: { name } })
    if (accepted === null || accepted === 0 || definition.mode === 'remove_only') continue
    const members = `${count(accepted)} member${accepted === 1 ? '' : 's'}`
    output.say(`  ${name}: its ${members} in the cohort at ${definition.destination} stay there.`)
  }
  if (!(await hasWord(`Delete these ${count(doomed.length)}? Nothing is sent.`, word))) return []
  const deleted: Deletion[] = []
  for (const one of doomed) {
    output.progress(`deleting ${one.kind} ${one.name}`)
    const gone = await deleteNamed(client, { ...one, dryRun: false }).catch((error: unknown) => {
      if (error instanceof MusterError)
        output.say(`${count(deleted.length)} of ${count(doomed.length)} deleted before this one are gone.`)
      throw error
    })
    deleted.push(gone)
    output.say(`  ${colors.red('-')} ${one.kind} ${one.name}`)
  }
  return deleted
}

/** What was deleted, or how it can be: `again` is the command that compared. */
export function prunedText(
  others: readonly ServerResource[],
  deleted: readonly Deletion[],
  { again, prune, dryRun }: { readonly again: string; readonly prune: boolean; readonly dryRun: boolean },
): string[] {
  const doomed = inPruneOrder(others)
  const stay = others.length - doomed.length
  const staying =
    prune && stay > 0 ? ['Segments, campaigns and Canvases stay: nothing deletes them yet.'] : []
  if (doomed.length === 0) return staying
  if (!prune) return [`Delete what is not in the files with: ${again} --prune`]
  if (dryRun)
    return [
      `${count(doomed.length)} would be deleted, in this order: ${doomed.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`,
      ...staying,
    ]
  if (deleted.length === 0) return ['Nothing was deleted.', ...staying]
  const left = deleted.filter(({ sync }) => sync !== null && sync.left.length > 0)
  return [`${count(deleted.length)} deleted.`, ...left.map(deletionDone), ...staying]
}
