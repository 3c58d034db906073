import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticateRest } from '../../engage/authenticate.ts'
import type { Engage } from '../../engage/engage.ts'
import { sendNoAccess } from './answer.ts'

/** A hook that lets only requests with a live REST key pass; it runs before the body is read. */
export function requireRestKey(engage: Engage) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const access = await authenticateRest(engage.database, request.headers.authorization, engage.clock())
    return access.ok ? undefined : sendNoAccess(reply, access.refusal)
  }
}
