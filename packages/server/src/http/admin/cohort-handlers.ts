import type { CohortSummary, FateCounts } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { cohortsOf } from '@muster/core/engage/segment.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { type CohortRow, getCohort, listCohorts, listMembers, sumImports } from '../../engage/cohort-store.ts'
import type { Engage } from '../../engage/engage.ts'
import type { ImportCounts } from '../../engage/import-cohort.ts'
import { getImport, type ImportRow, listImports } from '../../engage/import-store.ts'
import { listSegments } from '../../engage/segment-store.ts'
import { userRef } from './user-shape.ts'

type CohortRoutes = Pick<
  EngageRoutes,
  'listCohorts' | 'getCohort' | 'listCohortMembers' | 'listImports' | 'getImport'
>

/** Cohorts, their members, and the imports that made them. */
export function cohortHandlers({ database }: Engage): Handlers<CohortRoutes> {
  return {
    listCohorts: async ({ query }) => (await listCohorts(database, query.partner ?? null)).map(cohortSummary),
    getCohort: async ({ params }) => {
      const row = await getCohort(database, params.partner, params.cohort_id)
      const { requests, ...counts } = await sumImports(database, row.cohort)
      const segments = await listSegments(database)
      const users = segments.filter(({ filter }) =>
        cohortsOf(filter).some((c) => c.partner === row.partner && c.cohort_id === row.cohort_id),
      )
      return {
        ...cohortSummary(row),
        imports: { requests, ...fateCounts(counts) },
        used_by: users.map(({ name }) => ({ segment: name })),
      }
    },
    listCohortMembers: async ({ params, query }) => {
      const { cohort } = await getCohort(database, params.partner, params.cohort_id)
      const rows = await listMembers(database, { cohort, after: placeOf(query.after), limit: query.limit })
      const last = rows.length === query.limit ? rows.at(-1) : undefined
      return { members: rows.map(userRef), next: last ? String(last.profile_id) : null }
    },
    listImports: async ({ query }) =>
      (
        await listImports(database, {
          partner: query.partner ?? null,
          cohortId: query.cohort_id ?? null,
          limit: query.limit,
        })
      ).map(importSummary),
    getImport: async ({ params }) => {
      const { summary, fates } = await getImport(database, params.id)
      return { ...importSummary(summary), fates: [...fates] }
    },
  }
}

function placeOf(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw invalid('bad_page', '"after" is not a place in the list', {
    hint: 'Pass the "next" of the page before.',
  })
}

function cohortSummary(row: CohortRow): CohortSummary {
  return {
    partner: row.partner,
    cohort_id: row.cohort_id,
    name: row.name,
    members: row.members,
    created_at: toIso(row.created_at),
    last_import_at: row.last_import_at === null ? null : toIso(row.last_import_at),
  }
}

function importSummary(row: ImportRow) {
  return {
    id: row.request_id,
    partner: row.partner,
    cohort_id: row.cohort_id,
    at: toIso(row.at),
    counts: fateCounts(row),
  }
}

function fateCounts(row: ImportCounts): FateCounts {
  const { ids, added, already_in, removed, not_in, unknown, device_of_identified } = row
  return { ids, added, already_in, removed, not_in, unknown, device_of_identified }
}
