import { randomUUID } from 'node:crypto'
import { userLimits } from '@muster/core/braze/limits.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { asksForPage } from '../web.ts'
import { answerThrown, sendRefusal } from './answer.ts'
import { registerCohorts } from './cohorts.ts'
import { registerSdk } from './sdk.ts'
import { registerUsers } from './users.ts'

/**
 * Braze's paths at the root, in Braze's dialect: every body has `message`, a success of a POST is 201, and each answer has
 * an `X-Request-Id`. Bodies are JSON in UTF-8 of at most 4 MB.
 */
export function registerBraze(app: FastifyInstance, engage: Engage): void {
  void app.register(async (braze) => {
    braze.addHook('onRequest', async (request, reply) => {
      request.id = randomUUID()
      reply.header('x-request-id', request.id)
    })
    acceptJson(braze)
    braze.setErrorHandler((error, _, reply) => answerThrown(error, reply, engage.log))
    registerCohorts(braze, engage)
    registerUsers(braze, engage)
    registerSdk(braze, engage)
    for (const path of ['/partners', '/partners/*', '/users', '/users/*', '/sdk', '/sdk/*']) {
      braze.all(path, async (request, reply) =>
        asksForPage(request) ? reply.callNotFound() : sendRefusal(reply, 'invalid_url'),
      )
    }
  })
}

/** An id cut by a wrong byte would be another id, so the bytes must be UTF-8 to the last. */
function acceptJson(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: userLimits.bodyBytes },
    async (_: unknown, body: Buffer): Promise<unknown> => {
      try {
        return JSON.parse(utf8.decode(body))
      } catch {
        return undefined
      }
    },
  )
}
