import { z } from 'zod'
import { IsoInstant } from '../lib/instant.ts'
import { Limit } from '../lib/page.ts'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'
import { CohortDetail, CohortSummary, ImportedId, ImportSummary, UserRef } from './engage.ts'

/** Cohorts with their history, and the inspector of partner requests. */

const CohortParams = z.object({ partner: Slug, cohort_id: z.string().min(1) })
const After = z.string().optional()
const RequestParams = z.object({ id: z.string().min(1) })

export const CohortChange = z.object({
  at: IsoInstant,
  cause: z.enum(['import', 'replay', 'pending', 'merge', 'deletion']),
  /** The request behind it; null where a merge or a deletion of users did it. */
  import_id: z.string().nullable(),
  /** The data import key of the sender, masked. */
  key: z.string().nullable(),
  joined: z.int(),
  left: z.int(),
})
export type CohortChange = z.infer<typeof CohortChange>

export const growthUnits = ['hour', 'day'] as const

export const GrowthStep = z.object({
  /** When the hour or day (UTC) begins. */
  at: IsoInstant,
  joined: z.int(),
  left: z.int(),
  /** At its end. */
  members: z.int(),
})

export const cohortRoutes = {
  listCohorts: route({
    method: 'GET',
    path: '/api/cohorts',
    summary: 'Cohorts of all partners',
    query: z.object({ partner: Slug.optional() }),
    response: z.array(CohortSummary),
  }),
  getCohort: route({
    method: 'GET',
    path: '/api/cohorts/:partner/:cohort_id',
    summary: 'A cohort with what its imports came to',
    params: CohortParams,
    response: CohortDetail,
  }),
  changeCohort: route({
    method: 'PUT',
    path: '/api/cohorts/:partner/:cohort_id',
    summary: 'Rename a cohort, or set whether it remembers ids that match nobody yet',
    params: CohortParams,
    body: z.strictObject({
      name: z.string().trim().min(1).max(1_000).optional(),
      keeps_unknown: z.boolean().optional(),
    }),
    response: CohortSummary,
  }),
  deleteCohort: route({
    method: 'DELETE',
    path: '/api/cohorts/:partner/:cohort_id',
    summary: 'Delete a cohort with its members and history; refused while a segment uses it',
    params: CohortParams,
    response: CohortSummary,
  }),
  listCohortMembers: route({
    method: 'GET',
    path: '/api/cohorts/:partner/:cohort_id/members',
    summary: 'Members, page by page',
    params: CohortParams,
    query: z.object({ after: After, limit: Limit }),
    response: z.object({ members: z.array(UserRef), next: z.string().nullable() }),
  }),
  listCohortMembersAt: route({
    method: 'GET',
    path: '/api/cohorts/:partner/:cohort_id/members-at',
    summary: 'Members as of a time: how many, and who, page by page',
    params: CohortParams,
    query: z.object({ at: IsoInstant, after: After, limit: Limit }),
    response: z.object({
      count: z.int(),
      members: z.array(UserRef),
      /** Members of this page who were merged or deleted since. */
      gone: z.int(),
      next: z.string().nullable(),
    }),
  }),
  listCohortChanges: route({
    method: 'GET',
    path: '/api/cohorts/:partner/:cohort_id/changes',
    summary: 'Who changed what, newest first; of one user where one is named',
    params: CohortParams,
    query: z.object({ user: z.string().min(1).max(2_000).optional(), limit: Limit }),
    response: z.array(CohortChange),
  }),
  getCohortGrowth: route({
    method: 'GET',
    path: '/api/cohorts/:partner/:cohort_id/growth',
    summary: 'How a cohort grew, by hour or day',
    params: CohortParams,
    query: z.object({
      unit: z.enum(growthUnits).default('day'),
      steps: z.coerce.number().int().min(1).max(1_000).default(30),
    }),
    response: z.array(GrowthStep),
  }),
  listImports: route({
    method: 'GET',
    path: '/api/imports',
    summary:
      'Partner requests, newest first, also refused ones; by status, or by an id among the newest 20,000 imports',
    query: z.object({
      partner: Slug.optional(),
      cohort_id: z.string().optional(),
      status: z.coerce.number().int().min(200).max(599).optional(),
      /** An external_id, alias name or device_id, whole. */
      id: z.string().min(1).max(2_000).optional(),
      limit: Limit,
    }),
    response: z.array(ImportSummary),
  }),
  getImport: route({
    method: 'GET',
    path: '/api/imports/:id',
    summary: 'A partner request with the fate of each id',
    params: RequestParams,
    response: ImportSummary.extend({ fates: z.array(ImportedId) }),
  }),
  replayImport: route({
    method: 'POST',
    path: '/api/imports/:id/replay',
    summary: 'Run the changes of an import again, as a new import',
    params: RequestParams,
    response: ImportSummary,
  }),
}
