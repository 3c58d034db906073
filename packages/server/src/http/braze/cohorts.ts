import { type CohortOptions, parseCohortOptions } from '@muster/core/braze/cohort-options.ts'
import { type Parsed, parseCohortImport, parseCohortName } from '@muster/core/braze/cohorts.ts'
import { brazeSuccess } from '@muster/core/braze/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { takeImport, takeName } from '../../engage/take-request.ts'
import { sendRefusal } from './answer.ts'
import { registerCohortReads } from './cohort-reads.ts'
import { createPartnerEntrance, type PartnerPath } from './partner-entrance.ts'

/**
 * `POST /partners/{partner}/cohorts` and `…/cohorts/users`; the order of the checks is that of braze.md J6. Beyond Braze, by
 * header: `X-Muster-Report: 1` adds `report` to the answer (counts, and the fate of each id in order); `X-Muster-Dry-Run: 1`
 * gives the same report and changes and logs nothing; with an `Idempotency-Key` the first answer is kept for 48 h and
 * given again (another body under the same key: 422; the first still under way: 423).
 */
export function registerCohorts(app: FastifyInstance, engage: Engage): void {
  const entrance = createPartnerEntrance(engage)
  const { database } = engage

  app.post<PartnerPath>('/partners/:partner/cohorts', entrance.hooks('name'), async (request, reply) => {
    const sender = await entrance.enter(request, reply)
    if (!sender) return reply
    const asked = read(request, parseCohortName)
    if (!asked.ok) return sendRefusal(reply, asked.refusal)
    const { value: cohort, options } = asked.value
    await takeName(database, { partner: sender.partner, cohort, now: engage.clock() }, options)
    if (options.dryRun) entrance.leaveUnlogged(request)
    return created(reply, {})
  })

  app.post<PartnerPath>(
    '/partners/:partner/cohorts/users',
    entrance.hooks('users'),
    async (request, reply) => {
      const sender = await entrance.enter(request, reply)
      if (!sender) return reply
      const asked = read(request, parseCohortImport)
      if (!asked.ok) return sendRefusal(reply, asked.refusal)
      const { value, options } = asked.value
      const taken = await takeImport(
        database,
        {
          requestId: request.id,
          partner: sender.partner,
          request: value,
          now: engage.clock(),
          origin: { cause: 'import', keyId: sender.keyId, replayOf: null },
        },
        options,
      )
      if (options.dryRun || taken.isLogged) entrance.leaveUnlogged(request)
      return created(reply, taken.body)
    },
  )

  registerCohortReads(app, engage, entrance)
}

interface Asked<T> {
  readonly value: T
  readonly options: CohortOptions
}

function read<T>(request: FastifyRequest, parse: (body: unknown) => Parsed<T>): Parsed<Asked<T>> {
  const parsed = parse(request.body)
  if (!parsed.ok) return parsed
  const options = parseCohortOptions(request.headers)
  return options.ok ? { ok: true, value: { value: parsed.value, options: options.value } } : options
}

function created(reply: FastifyReply, body: object): FastifyReply {
  return reply.code(201).send({ ...brazeSuccess, ...body })
}
