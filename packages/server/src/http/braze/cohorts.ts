import { credentialsOf, parseCohortImport, parseCohortName } from '@muster/core/braze/cohorts.ts'
import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authenticatePartner } from '../../engage/authenticate.ts'
import type { Engage } from '../../engage/engage.ts'
import { importCohort, nameCohort } from '../../engage/import-cohort.ts'
import { sendNoAccess, sendRefusal } from './answer.ts'

interface PartnerPath {
  readonly Params: { readonly partner: string }
}

/** `POST /partners/{partner}/cohorts` and `…/cohorts/users`; the order of the checks is that of braze.md J6. */
export function registerCohorts(app: FastifyInstance, engage: Engage): void {
  app.post<PartnerPath>('/partners/:partner/cohorts', async (request, reply) => {
    if (await refused(engage, request, reply)) return reply
    const cohort = parseCohortName(request.body)
    if (!cohort.ok) return sendRefusal(reply, cohort.refusal)
    await nameCohort(engage.database, { partner: request.params.partner, cohort: cohort.value })
    return reply.code(201).send(brazeSuccess)
  })

  app.post<PartnerPath>('/partners/:partner/cohorts/users', async (request, reply) => {
    if (await refused(engage, request, reply)) return reply
    const parsed = parseCohortImport(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    await importCohort(engage.database, {
      requestId: request.id,
      partner: request.params.partner,
      request: parsed.value,
      now: engage.clock(),
    })
    return reply.code(201).send(brazeSuccess)
  })
}

/** True when the request was answered because its body is no object or its keys are wrong. */
async function refused(
  engage: Engage,
  request: FastifyRequest<PartnerPath>,
  reply: FastifyReply,
): Promise<boolean> {
  if (!isObject(request.body)) {
    sendRefusal(reply, 'bad_json')
    return true
  }
  const credentials = { partner: request.params.partner, ...credentialsOf(request.body) }
  const access = await authenticatePartner(engage.database, credentials, engage.clock())
  if (!access.ok) sendNoAccess(reply, access.refusal)
  return !access.ok
}
