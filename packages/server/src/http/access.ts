import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { denied } from '@muster/core/lib/error.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'

/**
 * Who may use the admin API (ADR 0005). A person at this machine may: the connection comes from loopback, names a
 * loopback host (a web page that rebinds its name to 127.0.0.1 does not) and passed no proxy. Everybody else shows the
 * administrator's token, as a bearer or through the cookie that signing in sets. What changes something must come
 * from our own pages, or from a program.
 */
export interface Access {
  check(request: FastifyRequest): void
  /** Adds sign-in and sign-out. */
  register(app: FastifyInstance): void
}

const cookieName = 'muster_session'
const sessionMs = 12 * 3_600_000

export function createAccess(adminToken: string, now: () => number): Access {
  // Sessions end with the process: the key that signs them is made at its start.
  const sessionKey = randomBytes(32)
  const sign = (expiry: string): string => createHmac('sha256', sessionKey).update(expiry).digest('base64url')
  const isToken = (candidate: string): boolean => sameSecret(candidate, adminToken)
  const isSession = (cookie: string): boolean => {
    const [expiry = '', signature = ''] = cookie.split('.')
    return sameSecret(signature, sign(expiry)) && Number(expiry) > now()
  }

  const check = (request: FastifyRequest): void => {
    if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeignOrigin(request)
    if (isLocal(request)) return
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (bearer !== undefined && isToken(bearer)) return
    const session = readCookie(request, cookieName)
    if (session !== null && isSession(session)) return
    throw denied('not_signed_in', 'this needs the administrator’s token', {
      hint: 'Sign in with the token in the file admin-token of the data directory.',
    })
  }

  const register = (app: FastifyInstance): void => {
    app.post('/api/session', async (request, reply) => {
      refuseForeignOrigin(request)
      const { token } = z.object({ token: z.string() }).catch({ token: '' }).parse(request.body)
      if (!isToken(token)) throw denied('not_signed_in', 'that is not the administrator’s token')
      const expiry = String(now() + sessionMs)
      const secure = request.protocol === 'https' ? '; Secure' : ''
      const value = `${expiry}.${sign(expiry)}`
      reply.header(
        'set-cookie',
        `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200${secure}`,
      )
      return { ok: true }
    })
    app.delete('/api/session', async (request, reply) => {
      refuseForeignOrigin(request)
      reply.header('set-cookie', `${cookieName}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`)
      return { ok: true }
    })
  }
  return { check, register }
}

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i
const loopbackAddresses = /^(127\.|::1$|::ffff:127\.)/

function isLocal(request: FastifyRequest): boolean {
  const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'].some(
    (name) => name in request.headers,
  )
  return (
    !forwarded &&
    loopbackAddresses.test(request.socket.remoteAddress ?? '127.0.0.1') &&
    loopbackHosts.test(request.headers.host ?? 'localhost')
  )
}

function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  const foreign =
    (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (foreign) throw denied('foreign_origin', 'another site may not do this')
}

function readCookie(request: FastifyRequest, name: string): string | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  return pairs.find(([key]) => key === name)?.[1] ?? null
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
