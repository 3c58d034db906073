import { randomUUID } from 'node:crypto'
import type { MembershipChange } from '@muster/core/engage/membership.ts'
import { invalid } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database } from '../db/database.ts'
import { importCohort } from './import-cohort.ts'
import { type FateRow, getImport } from './import-store.ts'

/** Runs the changes of an import again; returns the id of the new one. Throws `invalid` where there is nothing to run. */
export async function replayImport(database: Database, requestId: string, now: Instant): Promise<string> {
  const { summary, fates } = await getImport(database, requestId)
  if (summary.cohort_id === null || fates.length === 0) {
    const why = summary.ids > 0 ? 'its ids are forgotten by now' : 'it changed nothing'
    throw invalid('nothing_to_replay', `the request cannot be run again: ${why}`, {
      hint: 'Only imports whose ids are still kept can be run again (MUSTER_IMPORTS_KEPT_DAYS).',
    })
  }
  const replayId = randomUUID()
  await importCohort(database, {
    requestId: replayId,
    partner: summary.partner,
    request: { cohortId: summary.cohort_id, changes: fates.map(changeOf) },
    now,
    origin: { cause: 'replay', keyId: null, replayOf: requestId },
  })
  return replayId
}

function changeOf({ kind, label, value, remove }: FateRow): MembershipChange {
  return {
    remove,
    identifier: kind === 'alias' ? { kind, label: label ?? '', name: value } : { kind, value },
  }
}
