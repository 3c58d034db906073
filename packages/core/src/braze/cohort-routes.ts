import { z } from 'zod'
import { IsoInstant, parseIso } from '../lib/instant.ts'
import { cohortLimits } from './limits.ts'
import { type BrazeRouteTable, Id, idBelow, Success, Text } from './route.ts'

const Credentials = z.looseObject({
  partner_api_key: z.string().min(1).describe('Identifies the partner.'),
  client_secret: z.string().min(1).describe('The data import key: identifies the workspace.'),
})

const CohortId = idBelow(cohortLimits.cohortIdBytes + 1)

export const CohortNameBody = Credentials.extend({
  cohort_id: CohortId,
  name: Text.refine((name) => name.trim() !== ''),
  created_at: z
    .string()
    .refine((text) => parseIso(text) !== null)
    .describe('ISO-8601, with or without an offset.'),
})

const Alias = z.looseObject({ alias_label: Id, alias_name: Id })

const Change = z.looseObject({
  user_ids: z.array(Id).optional(),
  device_ids: z.array(Id).optional(),
  aliases: z.union([z.array(Alias), Alias]).optional(),
  should_remove: z.boolean().nullish().describe('Absent: these ids join the cohort.'),
})

export const CohortUsersBody = Credentials.extend({
  cohort_id: CohortId,
  cohort_changes: z
    .array(Change)
    .refine(
      (changes) => changes.reduce((sum, change) => sum + idsOf(change), 0) <= cohortLimits.idsPerRequest,
    )
    .describe(
      'In array order, the last change of an id wins; at most 1,000 user_ids, device_ids and aliases together.',
    ),
})

function idsOf({ user_ids = [], device_ids = [], aliases = [] }: z.output<typeof Change>): number {
  return user_ids.length + device_ids.length + (Array.isArray(aliases) ? aliases.length : 1)
}

const repeatable = {
  'Idempotency-Key': z
    .string()
    .regex(/^[!-~]{1,255}$/)
    .optional()
    .describe('Muster’s own: the first answer under a key is kept and given again.'),
  'X-Muster-Dry-Run': z
    .enum(['1', 'true'])
    .optional()
    .describe('Muster’s own: answer with a report, change nothing.'),
}

/** What can become of an id; the words of the engagement half, which this half of the wire does not import. */
export const reportedFates = [
  'added',
  'already_in',
  'removed',
  'not_in',
  'unknown',
  'device_of_identified',
] as const

/** What became of the ids, in their order. */
const Report = z.object({
  dry_run: z.boolean(),
  counts: z.looseObject({ ids: z.int() }),
  ids: z.array(
    z.object({
      kind: z.enum(['external_id', 'alias', 'device_id']),
      label: z.string().nullable(),
      value: z.string(),
      remove: z.boolean(),
      fate: z.enum(reportedFates),
    }),
  ),
})

const CohortShown = z.object({
  cohort_id: z.string(),
  name: z.string(),
  members: z.int(),
  created_at: IsoInstant,
  last_import_at: IsoInstant.nullable(),
})

/** Braze's partner cohort API (braze-docs `_docs/_partners/isv_partners/cohort_import.md`). */
export const cohortRoutes = {
  nameCohort: {
    method: 'POST',
    path: '/partners/:partner/cohorts',
    summary: 'Name a cohort: on its first export and whenever its name changes',
    access: 'partner_keys',
    headers: z.object(repeatable),
    body: CohortNameBody,
    status: 201,
    response: Success,
  },
  changeCohort: {
    method: 'POST',
    path: '/partners/:partner/cohorts/users',
    summary: 'Add users to a cohort and remove users from it',
    access: 'partner_keys',
    headers: z.object({
      ...repeatable,
      'X-Muster-Report': z
        .enum(['1', 'true'])
        .optional()
        .describe('Muster’s own: the answer says what became of each id.'),
    }),
    body: CohortUsersBody,
    status: 201,
    response: Success.extend({ report: Report.optional() }),
  },
  listOwnCohorts: {
    method: 'POST',
    path: '/partners/:partner/cohorts/list',
    summary: 'The cohorts of the partner',
    access: 'partner_keys',
    body: Credentials,
    status: 201,
    response: Success.extend({ cohorts: z.array(CohortShown) }),
  },
  getOwnCohort: {
    method: 'POST',
    path: '/partners/:partner/cohorts/details',
    summary: 'A cohort of the partner',
    access: 'partner_keys',
    body: Credentials.extend({ cohort_id: CohortId }),
    status: 201,
    response: Success.extend({ cohort: CohortShown }),
  },
  listOwnMembers: {
    method: 'POST',
    path: '/partners/:partner/cohorts/members',
    summary: 'Who is in a cohort of the partner, page by page',
    access: 'partner_keys',
    body: Credentials.extend({
      cohort_id: CohortId,
      after: z.string().optional().describe('The `next` of the page before.'),
      limit: z.int().min(1).max(1_000).optional(),
    }),
    status: 201,
    response: Success.extend({
      members: z.array(z.object({ braze_id: z.string(), external_id: z.string().nullable() })),
      next: z.string().nullable(),
    }),
  },
} satisfies BrazeRouteTable
