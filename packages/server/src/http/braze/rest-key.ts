import { permissionOf } from '@muster/core/braze/permissions.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticateRest } from '../../engage/authenticate.ts'
import type { Engage } from '../../engage/engage.ts'
import { asksForPage } from '../web.ts'
import { sendNoAccess, sendRefusal } from './answer.ts'
import { takeRestQuota } from './rest-quota.ts'

/**
 * A hook that lets only requests pass whose REST key is live, allowed to do this and used from an allowed address, and
 * within the workspace's limits; it runs before the body is read. Every answer to a live key says what is left.
 */
export function requireRestKey(engage: Engage) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const path = request.routeOptions.url ?? ''
    if (asksForPage(request) && request.headers.authorization === undefined) {
      reply.callNotFound()
      return reply
    }
    const now = engage.clock()
    const access = await authenticateRest(engage.database, {
      authorization: request.headers.authorization,
      permission: permissionOf(request.method, path),
      ip: request.ip,
      now,
    })
    if (!access.ok) {
      const isKnown = access.refusal.kind === 'permission' || access.refusal.kind === 'address'
      return sendNoAccess(isKnown ? reply : withLimits(reply, ['', '', '']), access.refusal)
    }
    const { allowed, limit, remaining, resetAt } = takeRestQuota(engage, path, now)
    withLimits(reply, [limit, remaining, Math.ceil(resetAt / 1_000)].map(String))
    if (allowed) return undefined
    const seconds = Math.max(1, Math.ceil((resetAt - now) / 1_000))
    return sendRefusal(reply.header('retry-after', String(seconds)), 'rate_limited')
  }
}

function withLimits(reply: FastifyReply, [limit, remaining, reset]: readonly string[]): FastifyReply {
  return reply
    .header('x-ratelimit-limit', limit)
    .header('x-ratelimit-remaining', remaining)
    .header('x-ratelimit-reset', reset)
}
