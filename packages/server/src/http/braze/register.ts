import { randomUUID } from 'node:crypto'
import type { BrazeOperation } from '@muster/core/braze/inventory.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { asksForPage } from '../web.ts'
import { answerThrown, sendRefusal } from './answer.ts'
import { registerCohorts } from './cohorts.ts'
import { registerEmails } from './emails.ts'
import { registerExports } from './exports.ts'
import { registerIdentity } from './identity.ts'
import { acceptJson } from './json-body.ts'
import { registerNotOffered } from './not-offered.ts'
import { registerSdk } from './sdk.ts'
import { registerSegments } from './segments.ts'
import { registerSubscriptions } from './subscriptions.ts'
import { registerUsers } from './users.ts'

/**
 * Braze's paths at the root, in Braze's dialect: every body has `message`, a success of a POST is 201, and each answer has
 * an `X-Request-Id`. Bodies are JSON in UTF-8 of at most 4 MB. Returns what of Braze's surface is not offered, complete
 * when the app has loaded its plugins.
 */
export function registerBraze(app: FastifyInstance, engage: Engage): readonly BrazeOperation[] {
  const notOffered: BrazeOperation[] = []
  void app.register(async (braze) => {
    braze.addHook('onRequest', async (request, reply) => {
      request.id = randomUUID()
      reply.header('x-request-id', request.id)
    })
    acceptJson(braze)
    braze.setErrorHandler((error, _, reply) => answerThrown(error, reply, engage.log))
    registerCohorts(braze, engage)
    registerUsers(braze, engage)
    registerIdentity(braze, engage)
    registerExports(braze, engage)
    registerSegments(braze, engage)
    registerSubscriptions(braze, engage)
    registerEmails(braze, engage)
    registerSdk(braze, engage)
    notOffered.push(...registerNotOffered(braze, engage))
    for (const path of ['/partners', '/partners/*', '/users', '/users/*', '/sdk', '/sdk/*']) {
      braze.all(path, async (request, reply) =>
        asksForPage(request) ? reply.callNotFound() : sendRefusal(reply, 'invalid_url'),
      )
    }
  })
  return notOffered
}
