import { brazeRefusals, brazeSuccess } from '@muster/core/braze/errors.ts'
import {
  parseAliases,
  parseTrack,
  type TrackArray,
  type TrackProblem,
  type TrackRequest,
} from '@muster/core/braze/users.ts'
import { attributesProblem } from '@muster/core/engage/attributes.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { addUserAliases, trackUsers } from '../../engage/track-users.ts'
import { sendRefusal } from './answer.ts'
import { requireRestKey } from './rest-key.ts'

/** `POST /users/track` and `POST /users/alias/new`. */
export function registerUsers(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)

  app.post('/users/track', { onRequest }, async (request, reply) => {
    const parsed = parseTrack(request.body, engage.clock(), engage.settings.trackLimit)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const wanted = withoutBadValues(parsed.value)
    const errors = wanted.problems.length > 0 ? { errors: wanted.problems } : {}
    if (wanted.attributes.length + wanted.events.length + wanted.purchases.length === 0) {
      return reply.code(400).send({ message: brazeRefusals.no_data.message, ...errors })
    }
    await trackUsers(engage.database, wanted, engage.clock())
    return reply.code(201).send({ ...processed(wanted), ...errors, ...brazeSuccess })
  })

  app.post('/users/alias/new', { onRequest }, async (request, reply) => {
    const parsed = parseAliases(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const { aliases, problems } = parsed.value
    const errors = problems.length > 0 ? { errors: problems } : {}
    if (aliases.length === 0) {
      return reply.code(400).send({ message: brazeRefusals.user_aliases.message, ...errors })
    }
    await addUserAliases(engage.database, aliases, engage.clock())
    return reply.code(201).send({ aliases_processed: aliases.length, ...errors, ...brazeSuccess })
  })
}

function withoutBadValues(request: TrackRequest): TrackRequest {
  const problems: TrackProblem[] = [...request.problems]
  const attributes = request.attributes.filter(({ index, attributes: values }) => {
    const type = attributesProblem(values)
    if (type !== null) problems.push({ type, input_array: 'attributes', index })
    return type === null
  })
  return { ...request, attributes, problems }
}

/** The answer counts only the arrays that the request had. */
function processed(request: TrackRequest): Record<string, number> {
  const countOf: Record<TrackArray, number> = {
    attributes: request.attributes.length,
    events: request.events.length,
    purchases: request.purchases.length,
  }
  return Object.fromEntries(request.supplied.map((name) => [`${name}_processed`, countOf[name]]))
}
