import { MusterError } from '@muster/core/lib/error.ts'
import { columnOf } from '@muster/core/sync/identifier.ts'
import { formatNotes, type ReconcileNote } from '@muster/core/sync/reconcile.ts'
import { computePlan, type PlanInput, type Planned } from './compute-plan.ts'
import { openDestination } from './connection.ts'
import type { SyncContext } from './context.ts'
import { inJob } from './engine/duckdb-job.ts'
import { knownState, writeFarMembers } from './engine/far-members.ts'
import { proveParts } from './engine/part-file.ts'
import type { State } from './engine/state.ts'
import { rejectionsOf } from './set-aside.ts'
import type { StoredSync } from './sync-store.ts'

/**
 * Plans the repair of a cohort: by what the destination says is in it, or, where it says nothing, by sending everything that is
 * desired once more. A state whose files are damaged counts as lost: then only a destination that can be read tells whom to remove.
 */
export async function planReconcile(
  context: SyncContext,
  given: Omit<PlanInput, 'sync' | 'owner'> & { readonly sync: StoredSync },
): Promise<Planned> {
  const { sync, scratch, directory, folder, signal } = given
  const definition = { ...sync.definition, engine: 'local' as const }
  const state = await soundState(sync.state, given)
  const lost: readonly ReconcileNote[] = sync.state !== null && state === null ? ['state_lost'] : []
  const rejections = rejectionsOf(sync, 'forgets')
  const { open } = await openDestination(context, definition.destination)
  const pages = definition.mode === 'mirror' ? await open.readMembers?.(sync.cohort_id, signal) : null
  if (!pages) {
    const planned = await computePlan(context, {
      ...given,
      sync: { definition, state },
      rejections,
      assertsAll: state !== null,
      known: async () => state,
    })
    return noted(planned, [...lost, 'sent_again'])
  }
  const far = await writeFarMembers(pages, scratch)
  const namespaces = definition.identifiers.map((one) => columnOf(one).namespace)
  const planned = await computePlan(context, {
    ...given,
    sync: { definition, state },
    rejections,
    known: (job, split) => knownState(job, { far, split, state, namespaces, directory, folder }),
  })
  return noted(planned, [...lost, 'compared'])
}

function noted(planned: Planned, notes: readonly ReconcileNote[]): Planned {
  return { ...planned, notes, note: formatNotes(notes) }
}

async function soundState(
  state: State | null,
  { scratch, directory, signal }: Pick<PlanInput, 'scratch' | 'directory' | 'signal'>,
): Promise<State | null> {
  if (!state) return null
  return inJob({ directory: scratch, signal }, async (job) => {
    await proveParts(job, state.files, { directory, what: 'the record of what the destination has accepted' })
    return state
  }).catch((error: unknown) => {
    if (error instanceof MusterError && error.code === 'files_damaged') return null
    throw error
  })
}
