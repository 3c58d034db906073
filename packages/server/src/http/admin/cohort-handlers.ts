import type { CohortSummary } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { changeCohort, deleteCohort, segmentsUsing } from '../../engage/change-cohort.ts'
import { growthOf, listChanges, membersAt } from '../../engage/cohort-history.ts'
import { type CohortRow, getCohort, listCohorts, listMembers, sumImports } from '../../engage/cohort-store.ts'
import type { Engage } from '../../engage/engage.ts'
import { findUser } from '../../engage/find-user.ts'
import { fateCounts } from './import-handlers.ts'
import { userRef } from './user-shape.ts'

type CohortRoutes = Pick<
  EngageRoutes,
  'listCohorts' | 'getCohort' | 'changeCohort' | 'deleteCohort' | 'listCohortMembers'
>
type HistoryRoutes = Pick<EngageRoutes, 'listCohortMembersAt' | 'listCohortChanges' | 'getCohortGrowth'>

/** Cohorts and their members. */
export function cohortHandlers(engage: Engage): Handlers<CohortRoutes & HistoryRoutes> {
  const { database } = engage
  return {
    listCohorts: async ({ query }) => (await listCohorts(database, query.partner ?? null)).map(cohortSummary),
    getCohort: async ({ params }) => {
      const row = await getCohort(database, params.partner, params.cohort_id)
      const { requests, ...counts } = await sumImports(database, row.cohort)
      const segments = await segmentsUsing(database, keyOf(params))
      return {
        ...cohortSummary(row),
        imports: { requests, ...fateCounts(counts) },
        used_by: segments.map((segment) => ({ segment })),
      }
    },
    changeCohort: async ({ params, body: { name, keeps_unknown: keepsUnknown } }) =>
      cohortSummary(await changeCohort(database, keyOf(params), { name, keepsUnknown })),
    deleteCohort: async ({ params }) => cohortSummary(await deleteCohort(database, keyOf(params))),
    listCohortMembers: async ({ params, query }) => {
      const { cohort } = await getCohort(database, params.partner, params.cohort_id)
      const rows = await listMembers(database, { cohort, after: placeOf(query.after), limit: query.limit })
      return { members: rows.map(userRef), next: nextOf(rows, query.limit) }
    },
    ...historyHandlers(engage),
  }
}

function historyHandlers({ database, clock }: Engage): Handlers<HistoryRoutes> {
  return {
    listCohortMembersAt: async ({ params, query }) => {
      const { cohort } = await getCohort(database, params.partner, params.cohort_id)
      const { limit } = query
      const { count, members } = await membersAt(database, {
        cohort,
        at: Date.parse(query.at),
        after: placeOf(query.after),
        limit,
      })
      const present = members.flatMap((member) => (member.braze_id === null ? [] : [userRef(member)]))
      return { count, members: present, gone: members.length - present.length, next: nextOf(members, limit) }
    },
    listCohortChanges: async ({ params, query: { user, limit } }) => {
      const { cohort } = await getCohort(database, params.partner, params.cohort_id)
      const profileId = user === undefined ? null : (await findUser(database, user)).profile_id
      const rows = await listChanges(database, { cohort, profileId, limit })
      return rows.map(({ at, joins, leaves, ...rest }) => ({
        at: toIso(at),
        joined: joins,
        left: leaves,
        ...rest,
      }))
    },
    getCohortGrowth: async ({ params, query: { unit, steps } }) => {
      const { cohort } = await getCohort(database, params.partner, params.cohort_id)
      const rows = await growthOf(database, { cohort, unit, steps, now: clock() })
      return rows.map(({ at, joined, gone, members }) => ({ at: toIso(at), joined, left: gone, members }))
    },
  }
}

function keyOf(params: { readonly partner: string; readonly cohort_id: string }) {
  return { partner: params.partner, cohortId: params.cohort_id }
}

function nextOf(rows: readonly { readonly profile_id: number }[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined
  return last ? String(last.profile_id) : null
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
    keeps_unknown: row.keeps_unknown,
  }
}
