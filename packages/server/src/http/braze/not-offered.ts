import { type BrazeOperation, brazeInventory, notOfferedMessage } from '@muster/core/braze/inventory.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { asksForPage } from '../web.ts'
import { requireRestKey } from './rest-key.ts'

/**
 * Answers every operation of Braze's that the app has no route for: 501 with its name, 401 without a REST key. To be
 * called after all other routes; returns what is not offered.
 */
export function registerNotOffered(app: FastifyInstance, engage: Engage): readonly BrazeOperation[] {
  const requireKey = requireRestKey(engage)
  const missing = brazeInventory.filter(({ method, path }) => !app.hasRoute({ method, url: path }))
  for (const operation of missing) {
    const message = notOfferedMessage(operation)
    app.route({
      method: operation.method,
      url: operation.path,
      // Before the body is read, for whatever it holds would be answered the same.
      onRequest: async (request, reply) => {
        // The web app has pages on some of these paths.
        if (asksForPage(request)) return undefined
        return (await requireKey(request, reply)) ?? reply.code(501).send({ message })
      },
      handler: (_, reply) => reply.callNotFound(),
    })
  }
  return missing
}
