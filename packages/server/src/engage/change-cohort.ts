import { cohortsOf } from '@muster/core/engage/segment.ts'
import { conflict } from '@muster/core/lib/error.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { type CohortRow, getCohort } from './cohort-store.ts'
import { lockCohort } from './lifecycle-lock.ts'
import { listSegments } from './segment-store.ts'
import { workspaceId } from './workspace.ts'

export interface CohortKey {
  readonly partner: string
  readonly cohortId: string
}

export interface CohortSettings {
  readonly name?: string | undefined
  readonly keepsUnknown?: boolean | undefined
}

/** Renames a cohort or sets whether it remembers unknown ids; those that it remembers go when it is to remember none. */
export function changeCohort(
  database: Database,
  { partner, cohortId }: CohortKey,
  { name, keepsUnknown }: CohortSettings,
): Promise<CohortRow> {
  return database.transaction(async (tx) => {
    await lockCohort(tx, partner, cohortId)
    const { cohort } = await getCohort(tx, partner, cohortId)
    await tx.rows(sql`
      update engage.cohort
      set name = coalesce(${name ?? null}, name), keeps_unknown = coalesce(${keepsUnknown ?? null}, keeps_unknown)
      where workspace_id = ${workspaceId} and cohort = ${cohort}`)
    if (keepsUnknown === false) await tx.rows(forgetPending(cohort))
    return getCohort(tx, partner, cohortId)
  })
}

/**
 * Deletes a cohort with its members, history and imports; returns what it was. Throws `conflict` `cohort_in_use` while a
 * segment names it.
 */
export function deleteCohort(database: Database, { partner, cohortId }: CohortKey): Promise<CohortRow> {
  return database.transaction(async (tx) => {
    await lockCohort(tx, partner, cohortId)
    const row = await getCohort(tx, partner, cohortId)
    const users = await segmentsUsing(tx, { partner, cohortId })
    if (users.length > 0) {
      throw conflict('cohort_in_use', `the cohort "${row.name}" is used by ${users.join(', ')}`, {
        hint: `Take the cohort out of ${users.length === 1 ? 'this segment' : 'these segments'} first.`,
      })
    }
    for (const table of [
      sql`engage.cohort_member`,
      sql`engage.cohort_pending`,
      sql`engage.cohort_change`,
      sql`engage.cohort_import`,
      sql`engage.cohort`,
    ]) {
      await tx.rows(sql`delete from ${table} where workspace_id = ${workspaceId} and cohort = ${row.cohort}`)
    }
    return row
  })
}

/** The names of the segments that filter by the cohort. */
export async function segmentsUsing(
  database: Queryable,
  { partner, cohortId }: CohortKey,
): Promise<string[]> {
  const segments = await listSegments(database)
  return segments
    .filter(({ filter }) => cohortsOf(filter).some((c) => c.partner === partner && c.cohort_id === cohortId))
    .map(({ name }) => name)
}

function forgetPending(cohort: number) {
  return sql`delete from engage.cohort_pending where workspace_id = ${workspaceId} and cohort = ${cohort}`
}
