import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { parseSessions } from '@muster/core/braze/users.ts'
import { attributesProblem } from '@muster/core/engage/attributes.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { openSessions } from '../../engage/open-sessions.ts'
import { sendRefusal } from './answer.ts'
import { requireRestKey } from './rest-key.ts'

/**
 * `POST /sdk/session`: what an app on a device tells of itself. Muster's own: Braze's SDKs speak an undocumented
 * protocol, and cohort import cannot match devices that nobody told of.
 *
 *     POST /sdk/session
 *     Authorization: Bearer <REST API key>
 *     Content-Type: application/json
 *
 *     {"device_id": "d-1", "user_id": "ann", "attributes": {"first_name": "Ann", "plan": "vip"}}
 *
 *     201 {"sessions_processed": 1, "braze_ids": ["6532…24 hex"], "message": "success"}
 *
 * `device_id` is required (shorter than 988 bytes). Without `user_id` the device stays with whom it is; a new device gets
 * an anonymous user. With `user_id` this is Braze's `changeUser`: an unknown id is given to the anonymous user of the
 * device, who keeps all history; a known id takes the anonymous user in, who then is gone (the known user's values win,
 * cohorts are united); a device of another identified user goes over to this one, new or known. `attributes` (optional)
 * are those of `/users/track` and are the user's after the change.
 *
 * In bulk, at most 1,000 in their order, all or none: `{"sessions": [{"device_id": …, "user_id"?: …, "attributes"?: …}]}`;
 * `braze_ids` has one for each. Refusals: 400 `'device_id' must be a non-empty string`, 400 `'sessions' must be an array
 * of at most 1,000 objects with key 'device_id'`, 401 as everywhere, 423 `Resource locked` (try again).
 */
export function registerSdk(app: FastifyInstance, engage: Engage): void {
  app.post('/sdk/session', { onRequest: requireRestKey(engage) }, async (request, reply) => {
    const parsed = parseSessions(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    for (const { attributes } of parsed.value) {
      const message = attributesProblem(attributes)
      if (message !== null) return reply.code(400).send({ message })
    }
    const brazeIds = await openSessions(engage.database, parsed.value, engage.clock())
    return reply
      .code(201)
      .send({ sessions_processed: parsed.value.length, braze_ids: brazeIds, ...brazeSuccess })
  })
}
