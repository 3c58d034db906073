import { randomUUID } from 'node:crypto'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database } from '../db/database.ts'
import { importCohort } from './import-cohort.ts'
import { lockCohort } from './lifecycle-lock.ts'
import { claimDueNames, cohortsWaitingFor, takeFound } from './pending-members.ts'

const namesPerTurn = 1_000

/**
 * Lets remembered ids join that have found their profile; returns how many names were looked at. Each cohort's joining is an
 * import of its own, matched and logged as any other. Throws `conflict` `locked` when a cohort is held; the names then stay due.
 */
export function joinPending(database: Database, now: Instant): Promise<number> {
  return database.transaction(async (tx) => {
    const due = await claimDueNames(tx, namesPerTurn)
    if (due.kinds.length === 0) return 0
    for (const { cohort, partner, cohort_id: cohortId } of await cohortsWaitingFor(tx, due)) {
      await lockCohort(tx, partner, cohortId)
      const changes = await takeFound(tx, cohort, due)
      await importCohort(tx, {
        requestId: randomUUID(),
        partner,
        request: { cohortId, changes },
        now,
        origin: { cause: 'pending', keyId: null, replayOf: null },
      })
    }
    return due.kinds.length
  })
}
