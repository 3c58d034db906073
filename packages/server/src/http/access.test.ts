import { silentLog } from '@muster/core/lib/log.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccess } from './access.ts'
import { answerError } from './bind.ts'

const token = 'the-administrators-token'
let now = 1_000

describe('access to the admin API', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    const access = createAccess(token, () => now)
    app = Fastify()
    app.setErrorHandler((error, _, reply) => answerError(error, reply, silentLog))
    app.addHook('onRequest', async (request) => {
      if (!request.url.startsWith('/api/session')) access.check(request)
    })
    access.register(app)
    app.get('/api/thing', async () => ({ ok: true }))
    app.post('/api/thing', async () => ({ ok: true }))
    await app.ready()
  })
  afterAll(() => app.close())

  const get = async (headers: Record<string, string>, remoteAddress = '127.0.0.1'): Promise<number> =>
    (await app.inject({ url: '/api/thing', headers, remoteAddress })).statusCode

  it('lets a person at this machine in', async () => {
    expect(await get({ host: 'localhost:4400' })).toBe(200)
    expect(await get({ host: '127.0.0.1:4400' })).toBe(200)
    expect(await get({ host: '[::1]:4400' }, '::1')).toBe(200)
  })

  it.each([
    ['another machine', { host: 'localhost' }, '192.0.2.7'],
    ['a page that rebound its name to loopback', { host: 'evil.example:4400' }, '127.0.0.1'],
    ['a name that only begins like loopback', { host: '127.0.0.1.evil.example' }, '127.0.0.1'],
    ['what came through a proxy', { host: 'localhost', 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
    ['a wrong token', { host: 'muster.example', authorization: 'Bearer guess' }, '192.0.2.7'],
    [
      'a made-up session',
      { host: 'muster.example', cookie: 'muster_session=9999999999999.c2ln' },
      '192.0.2.7',
    ],
  ])('asks %s for the token', async (_, headers, remoteAddress) => {
    expect(await get(headers, remoteAddress)).toBe(401)
  })

  it('lets the token in from anywhere', async () => {
    expect(await get({ host: 'muster.example', authorization: `Bearer ${token}` }, '192.0.2.7')).toBe(200)
  })

  it('gives a browser a cookie that no script reads and that expires', async () => {
    const signIn = await app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { token },
      remoteAddress: '192.0.2.7',
    })
    const cookie = String(signIn.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    expect(cookie).not.toContain(token)
    const headers = { host: 'muster.example', cookie: cookie.split(';')[0] ?? '' }
    expect(await get(headers, '192.0.2.7')).toBe(200)
    now += 13 * 3_600_000
    expect(await get(headers, '192.0.2.7')).toBe(401)
  })

  it('refuses a change that another site asks for, even at this machine', async () => {
    const change = (headers: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: '/api/thing',
        headers: { host: 'localhost:4400', ...headers },
        payload: {},
      })
    expect((await change({ origin: 'https://evil.example' })).statusCode).toBe(403)
    expect((await change({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
    expect((await change({ origin: 'http://localhost:4400' })).statusCode).toBe(200)
    expect((await change({})).statusCode).toBe(200)
  })
})
