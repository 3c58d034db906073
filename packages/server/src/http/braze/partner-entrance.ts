import { credentialsOf } from '@muster/core/braze/cohorts.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticatePartner } from '../../engage/authenticate.ts'
import type { Engage } from '../../engage/engage.ts'
import type { PartnerEndpoint } from '../../engage/partner-request-log.ts'
import { sendNoAccess, sendRefusal } from './answer.ts'
import { createClockQuota, type QuotaState } from './clock-quota.ts'

export interface PartnerPath {
  readonly Params: { readonly partner: string }
}

export interface Sender {
  readonly partner: string
  readonly keyId: string
}

/** What the partner endpoints have in common: keys, the quota, and that every request is on record. */
export interface PartnerEntrance {
  /** Who sends; null when the request was answered, because its body is no object, its keys are wrong or its quota is used up. */
  enter(request: FastifyRequest<PartnerPath>, reply: FastifyReply): Promise<Sender | null>
  /** The hook that puts a route's requests on record. */
  hooks(endpoint: PartnerEndpoint): { readonly onSend: OnSend }
  /** This request is on record elsewhere, or is not to be. */
  leaveUnlogged(request: FastifyRequest): void
}

type OnSend = (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<void>

/** Opens the entrance; its quota counts from zero. */
export function createPartnerEntrance(engage: Engage): PartnerEntrance {
  const quota = createClockQuota()
  const perHour = { limit: engage.settings.cohortRequestsPerHour, windowMs: 3_600_000 }
  const senders = new WeakMap<FastifyRequest, Sender>()
  const unlogged = new WeakSet<FastifyRequest>()

  const enter: PartnerEntrance['enter'] = async (request, reply) => {
    if (!isObject(request.body)) {
      sendRefusal(reply, 'bad_json')
      return null
    }
    const { partner } = request.params
    const now = engage.clock()
    const access = await authenticatePartner(
      engage.database,
      { partner, ...credentialsOf(request.body) },
      now,
    )
    if (!access.ok) {
      sendNoAccess(withoutQuota(reply), access.refusal)
      return null
    }
    const sender = { partner, keyId: access.keyId }
    senders.set(request, sender)
    const state = quota.take(access.keyId, perHour, now)
    withQuota(reply, state)
    if (state.allowed) return sender
    sendRefusal(reply.header('retry-after', String(secondsUntil(state.resetAt, now))), 'rate_limited')
    return null
  }

  return {
    enter,
    leaveUnlogged: (request) => void unlogged.add(request),
    hooks: (endpoint) => ({
      onSend: async (request, reply, payload) => {
        if (unlogged.has(request)) return
        engage.partnerRequests.add({
          requestId: request.id,
          partner: partnerOf(request),
          endpoint,
          cohortId: cohortIdOf(request.body),
          keyId: senders.get(request)?.keyId ?? null,
          status: reply.statusCode,
          message: reply.statusCode < 400 ? null : messageIn(payload),
          at: engage.clock(),
        })
      },
    }),
  }
}

const headers = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'] as const

/** Braze's answer to wrong keys has the three headers, empty (braze.md G). */
function withoutQuota(reply: FastifyReply): FastifyReply {
  for (const name of headers) reply.header(name, '')
  return reply
}

function withQuota(reply: FastifyReply, { limit, remaining, resetAt }: QuotaState): void {
  const values = [limit, remaining, Math.ceil(resetAt / 1_000)]
  for (const [place, name] of headers.entries()) reply.header(name, String(values[place]))
}

function secondsUntil(instant: number, now: number): number {
  return Math.max(1, Math.ceil((instant - now) / 1_000))
}

function partnerOf({ params }: FastifyRequest): string {
  return isObject(params) && typeof params.partner === 'string' ? params.partner : ''
}

function cohortIdOf(body: unknown): string | null {
  return isObject(body) && typeof body.cohort_id === 'string' ? body.cohort_id : null
}

/** The `message` of an answer of this surface. */
function messageIn(payload: unknown): string | null {
  if (typeof payload !== 'string') return null
  const body: unknown = JSON.parse(payload)
  return isObject(body) && typeof body.message === 'string' ? body.message : null
}
