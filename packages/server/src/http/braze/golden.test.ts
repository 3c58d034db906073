import { inflateRawSync } from 'node:zlib'
import { silentLog } from '@muster/core/lib/log.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts'
import { type Engage, openEngage } from '../../engage/engage.ts'
import { engageHandlers } from '../admin/engage-handlers.ts'
import { registerBraze } from './register.ts'

/** Shapes recorded from the real service (braze.md G.2), and what Muster keeps of users, segments and subscriptions. */
describe('the answers of the Braze surface', () => {
  let database: TestDatabase
  let engage: Engage
  let app: FastifyInstance
  let restKey: string
  let group: string
  const nothing = { params: {}, query: {}, body: {} }
  const handlers = () => engageHandlers(engage, { restEndpoint: () => 'http://rest' })
  const makeKey = async (body: { name: string; permissions?: string[]; addresses?: string[] }) =>
    (await handlers().createRestKey({ ...nothing, body })).api_key

  beforeAll(async () => {
    database = await openTestDatabase('engage')
    engage = openEngage({
      database: database.half,
      clock: () => Date.now(),
      log: silentLog,
      channels: () => [],
    })
    app = Fastify()
    registerBraze(app, engage)
    await app.ready()
    restKey = await makeKey({ name: '' })
    const body = { name: 'News', channel: 'email' as const }
    group = (await handlers().createSubscriptionGroup({ ...nothing, body })).id
    await post('/users/track', {
      attributes: [
        { external_id: '12345', first_name: 'Ann', email: 'ann@example.com', country: 'DE', plan: 'vip' },
        { external_id: 'test-user-1' },
        { external_id: 'test-user-2' },
        { external_id: 'test-user-3' },
      ],
      events: [{ external_id: '12345', name: 'opened', time: '2026-01-01T00:00:00Z' }],
      purchases: [
        {
          external_id: '12345',
          product_id: 1,
          currency: 'EUR',
          price: 2.5,
          quantity: 2,
          time: '2026-01-02T00:00:00Z',
        },
      ],
    })
    const filter = { kind: 'custom_attribute', name: 'plan', operator: 'equals', value: 'vip' } as const
    await handlers().putSegment({ params: { name: 'vips' }, query: {}, body: { filter } })
  })
  afterAll(async () => {
    await app.close()
    await engage.close()
    await database.close()
  })

  const call = async (method: 'GET' | 'POST', url: string, payload?: object, key = restKey) => {
    const headers = { authorization: `Bearer ${key}` }
    const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
  }
  const post = (url: string, payload: object, key?: string) => call('POST', url, payload, key)
  const get = (url: string, key?: string) => call('GET', url, undefined, key)
  const hex24 = expect.stringMatching(/^[0-9a-f]{24}$/)
  const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

  it('count what /users/track processed, of the arrays that it had', async () => {
    const event = { external_id: '9', name: 'x', time: '2026-01-01' }
    const { status, body } = await post('/users/track', {
      attributes: [{ external_id: 1 }],
      events: [event],
      purchases: [{ external_id: 1, product_id: 1, currency: 'USD', price: 1, time: '2026-01-01' }],
    })
    expect([status, body]).toEqual([
      201,
      { attributes_processed: 1, events_processed: 1, purchases_processed: 1, message: 'success' },
    ])
    expect((await post('/users/track', { events: [event] })).body).toEqual({
      events_processed: 1,
      message: 'success',
    })
    const many = { attributes: Array(40).fill({ external_id: '9' }), events: Array(36).fill(event) }
    expect(await post('/users/track', many)).toMatchObject({
      status: 400,
      body: { message: 'Max Input Length Exceeded' },
    })
  })

  it('show a user as Braze exports one', async () => {
    const { status, body } = await post('/users/export/ids', { external_ids: ['12345', 'nobody'] })
    expect([status, body]).toEqual([
      201,
      {
        users: [
          {
            created_at: iso,
            external_id: '12345',
            user_aliases: [],
            appboy_id: hex24,
            braze_id: hex24,
            first_name: 'Ann',
            email: 'ann@example.com',
            country: 'DE',
            random_bucket: expect.any(Number),
            custom_attributes: { plan: 'vip' },
            custom_events: [
              {
                name: 'opened',
                first: '2026-01-01T00:00:00.000Z',
                last: '2026-01-01T00:00:00.000Z',
                count: 1,
              },
            ],
            purchases: [
              { name: '1', first: '2026-01-02T00:00:00.000Z', last: '2026-01-02T00:00:00.000Z', count: 1 },
            ],
            total_revenue: 5,
            devices: [],
            subscription_groups: [],
          },
        ],
        invalid_user_ids: ['nobody'],
        message: 'success',
      },
    ])
    expect(await post('/users/export/ids', {})).toMatchObject({ status: 400 })
  })

  it('list, describe and measure segments, and export one as a zip of lines of JSON', async () => {
    const listed = await get('/segments/list')
    expect([listed.status, listed.body]).toEqual([
      200,
      {
        segments: [{ id: uuid, name: 'vips', analytics_tracking_enabled: true, tags: [] }],
        message: 'success',
      },
    ])
    const { id } = listed.body.segments[0]
    expect((await get(`/segments/details?segment_id=${id}`)).body).toMatchObject({
      name: 'vips',
      description: 'custom attribute plan equals "vip"',
      message: 'success',
    })
    const today = new Date().toISOString().slice(0, 10)
    expect((await get(`/segments/data_series?segment_id=${id}&length=7`)).body).toEqual({
      data: [{ time: today, size: 1 }],
      message: 'success',
    })
    expect(await get('/segments/details?segment_id=nonsense')).toMatchObject({ status: 400 })
    const exported = await post('/users/export/segment', {
      segment_id: id,
      fields_to_export: ['external_id'],
    })
    expect([exported.status, exported.body]).toEqual([
      201,
      {
        object_prefix: expect.stringMatching(/^[0-9a-f-]{36}-\d+$/),
        url: expect.stringMatching(/^http.*\.zip\?key=/),
        message: 'success',
      },
    ])
    const { pathname, search } = new URL(exported.body.url)
    const file = await app.inject({ method: 'GET', url: pathname + search })
    expect([file.statusCode, unzipped(file.rawPayload)]).toEqual([200, ['{"external_id":"12345"}\n']])
    expect((await app.inject({ method: 'GET', url: `${pathname}?key=wrong` })).statusCode).toBe(404)
  })

  it('set and tell subscriptions', async () => {
    const set = { subscription_group_id: group, subscription_state: 'subscribed', external_id: 'test-user-1' }
    const done = await post('/subscription/status/set', set)
    expect([done.status, done.body]).toEqual([201, { message: 'success' }])
    const v2 = [
      { subscription_group_id: group, subscription_state: 'unsubscribed', external_ids: ['test-user-2'] },
    ]
    expect((await post('/v2/subscription/status/set', { subscription_groups: v2 })).status).toBe(201)
    const bad = await post('/subscription/status/set', { ...set, subscription_group_id: 'x' })
    expect([bad.status, bad.body]).toEqual([400, { message: 'Invalid subscription group ID' }])
    const ids = [1, 2, 3].map((n) => `external_id[]=test-user-${n}`).join('&')
    const told = await get(`/subscription/status/get?subscription_group_id=${group}&${ids}`)
    expect(told.body).toEqual({
      status: { 'test-user-1': 'Subscribed', 'test-user-2': 'Unsubscribed', 'test-user-3': 'unknown' },
      message: 'success',
    })
    const subscribed = { id: group, name: 'News', channel: 'email', status: 'Subscribed' }
    expect((await get('/subscription/user/status?external_id=test-user-1')).body).toEqual({
      users: [{ email: null, phone: null, external_id: 'test-user-1', subscription_groups: [subscribed] }],
      message: 'success',
    })
    await post('/users/track', {
      attributes: [
        {
          external_id: 'test-user-3',
          subscription_groups: [{ subscription_group_id: group, subscription_state: 'subscribed' }],
        },
      ],
    })
    const three = await get(`/subscription/status/get?subscription_group_id=${group}&external_id=test-user-3`)
    expect(three.body.status).toEqual({ 'test-user-3': 'Subscribed' })
  })

  it('unsubscribe addresses, and list them with their time', async () => {
    const body = { email: 'ANN@example.com', subscription_state: 'unsubscribed' }
    expect((await post('/email/status', body)).status).toBe(201)
    expect((await post('/email/status', { ...body, email: 'nobody@example.com' })).status).toBe(201)
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/)
    const listed = await get('/email/unsubscribes?email=ann@example.com')
    expect(listed.body).toEqual({
      emails: [{ email: 'ann@example.com', unsubscribed_at: at }],
      message: 'success',
    })
    expect((await post('/email/blocklist', { email: ['x@example.com'] })).body).toEqual({
      message: 'success',
    })
    expect((await get('/email/hard_bounces?start_date=2020-01-01&end_date=2030-01-01')).body).toEqual({
      emails: [],
      message: 'success',
    })
    expect((await get('/email/unsubscribes')).status).toBe(400)
    expect((await post('/email/status', { email: 'x', subscription_state: 'subscribed' })).status).toBe(400)
  })

  it('say how much of the limit is left, with empty headers for a key that is not known', async () => {
    const { headers } = await get('/segments/list')
    expect(headers).toMatchObject({
      'x-ratelimit-limit': '250000',
      'x-ratelimit-reset': expect.stringMatching(/00$/),
    })
    const track = await post('/users/track', { attributes: [{ external_id: '9' }] })
    expect(track.headers['x-ratelimit-limit']).toBe('3000')
    const unknown = await get('/segments/list', 'non-existent')
    expect(unknown).toMatchObject({
      status: 401,
      body: { message: expect.stringMatching(/^Invalid API key: /) },
    })
    expect(unknown.headers).toMatchObject({ 'x-ratelimit-limit': '', 'x-ratelimit-remaining': '' })
  })

  it('refuse what a REST key may not do, or not from here', async () => {
    const track = await makeKey({ name: 'track', permissions: ['users.track'] })
    expect((await post('/users/track', { attributes: [{ external_id: '9' }] }, track)).status).toBe(201)
    expect(await get('/segments/list', track)).toMatchObject({
      status: 403,
      body: { message: 'You do not have permission to access this resource' },
    })
    const elsewhere = await makeKey({ name: 'elsewhere', addresses: ['10.0.0.0/8'] })
    expect(await get('/segments/list', elsewhere)).toMatchObject({
      status: 403,
      body: { message: 'Invalid whitelisted IPs' },
    })
    const here = await makeKey({ name: 'here', addresses: ['127.0.0.1'] })
    expect((await get('/segments/list', here)).status).toBe(200)
    await expect(makeKey({ name: 'bad', addresses: ['nonsense'] })).rejects.toThrow('neither an address')
    const shown = (await handlers().listRestKeys(nothing)).find((key) => key.name === 'track')
    expect(shown).toMatchObject({ permissions: ['users.track'], last_used_at: iso })
  })
})

/** The files of a zip, by its central directory (APPNOTE 4.3.12): an independent reader. */
function unzipped(zip: Buffer): string[] {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const files: string[] = []
  let at = zip.readUInt32LE(end + 16)
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [size, local] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)]
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const stored = zip.subarray(data, data + size)
    files.push((zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(stored) : stored).toString('utf8'))
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}
