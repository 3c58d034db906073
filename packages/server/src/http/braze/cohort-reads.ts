import { parseCohortPage } from '@muster/core/braze/cohort-options.ts'
import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { idOf } from '@muster/core/lib/text.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type CohortRow,
  getCohort,
  identifiersOf,
  listCohorts,
  listMembers,
} from '../../engage/cohort-store.ts'
import type { Engage } from '../../engage/engage.ts'
import { sendRefusal } from './answer.ts'
import type { PartnerEntrance, PartnerPath, Sender } from './partner-entrance.ts'

/**
 * What a sender may read of its own cohorts, with the keys it writes with. Muster's own, Braze has nothing like it:
 *
 *     POST /partners/{partner}/cohorts/list     {partner_api_key, client_secret}
 *     POST /partners/{partner}/cohorts/details  {…, "cohort_id": "c"}
 *     POST /partners/{partner}/cohorts/members  {…, "cohort_id": "c", "limit"?: ≤ 1000, "after"?: the `next` before,
 *                                                "identifiers"?: true}
 *
 * answering 201 with `cohorts`, `cohort`, or `members` (`external_id` null for the anonymous) and `next` (null at the end).
 * With `identifiers` each member has `aliases` and `devices` as well. An unknown cohort is a 404.
 */
export function registerCohortReads(app: FastifyInstance, engage: Engage, entrance: PartnerEntrance): void {
  const { database } = engage

  app.post<PartnerPath>('/partners/:partner/cohorts/list', entrance.hooks('list'), async (request, reply) => {
    const sender = await entrance.enter(request, reply)
    if (!sender) return reply
    const cohorts = await listCohorts(database, sender.partner)
    return answer(entrance, { request, reply }, { cohorts: cohorts.map(shown) })
  })

  app.post<PartnerPath>(
    '/partners/:partner/cohorts/details',
    entrance.hooks('details'),
    async (request, reply) => {
      const sender = await entrance.enter(request, reply)
      if (!sender) return reply
      const cohort = await cohortOf(engage, sender, request.body)
      if (!cohort) return sendRefusal(reply, 'unknown_cohort')
      return answer(entrance, { request, reply }, { cohort: shown(cohort) })
    },
  )

  app.post<PartnerPath>(
    '/partners/:partner/cohorts/members',
    entrance.hooks('members'),
    async (request, reply) => {
      const sender = await entrance.enter(request, reply)
      if (!sender) return reply
      const page = parseCohortPage(isObject(request.body) ? request.body : {})
      if (!page.ok) return sendRefusal(reply, page.refusal)
      const cohort = await cohortOf(engage, sender, request.body)
      if (!cohort) return sendRefusal(reply, 'unknown_cohort')
      const rows = await listMembers(database, { cohort: cohort.cohort, ...page.value })
      const last = rows.length === page.value.limit ? rows.at(-1) : undefined
      return answer(
        entrance,
        { request, reply },
        {
          members: await shownMembers(
            engage,
            rows,
            isObject(request.body) && request.body.identifiers === true,
          ),
          next: last ? String(last.profile_id) : null,
        },
      )
    },
  )
}

async function shownMembers(
  { database }: Engage,
  rows: Awaited<ReturnType<typeof listMembers>>,
  withIdentifiers: boolean,
): Promise<readonly object[]> {
  const shown = ({ braze_id, external_id }: (typeof rows)[number]) => ({ braze_id, external_id })
  if (!withIdentifiers) return rows.map(shown)
  const profiles = rows.map(({ profile_id }) => profile_id)
  const found = Map.groupBy(await identifiersOf(database, profiles), ({ profile_id }) => profile_id)
  return rows.map((row) => {
    const all = found.get(row.profile_id) ?? []
    return {
      ...shown(row),
      aliases: all.flatMap(({ label, name }) =>
        label === null ? [] : [{ alias_label: label, alias_name: name }],
      ),
      devices: all.flatMap(({ label, name }) => (label === null ? [name] : [])),
    }
  })
}

/** The cohort that the body names, or null. */
async function cohortOf({ database }: Engage, { partner }: Sender, body: unknown): Promise<CohortRow | null> {
  const cohortId = isObject(body) ? idOf(body.cohort_id) : null
  if (cohortId === null) return null
  return getCohort(database, partner, cohortId).catch((error: unknown) => {
    if (error instanceof MusterError && error.kind === 'missing') return null
    throw error
  })
}

function shown({ cohort_id, name, members, created_at, last_import_at }: CohortRow) {
  return {
    cohort_id,
    name,
    members,
    created_at: toIso(created_at),
    last_import_at: last_import_at === null ? null : toIso(last_import_at),
  }
}

/** Reading is not put on record. */
function answer(
  entrance: PartnerEntrance,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  body: object,
): FastifyReply {
  entrance.leaveUnlogged(request)
  return reply.code(201).send({ ...brazeSuccess, ...body })
}
