import { silentLog } from '@muster/core/lib/log.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts'
import { type Engage, openEngage } from '../../engage/engage.ts'
import { engageHandlers } from '../admin/engage-handlers.ts'
import { registerBraze } from './register.ts'

describe('the Braze surface', () => {
  let database: TestDatabase
  let engage: Engage
  let app: FastifyInstance
  let keys: { partner_api_key: string; data_import_key: string }
  let restKey: string
  const handlers = () => engageHandlers(engage, { restEndpoint: () => 'http://rest' })

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
    keys = await handlers().createPartnerKeys({
      params: { slug: 'hightouch' },
      query: {},
      body: { name: 'test' },
    })
    restKey = (await handlers().createRestKey({ params: {}, query: {}, body: { name: '' } })).api_key
  })
  afterAll(async () => {
    await app.close()
    await engage.close()
    await database.close()
  })

  const post = async (url: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
    })
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    return { status: answer.statusCode, body: answer.json(), id: String(answer.headers['x-request-id']) }
  }
  const secrets = () => ({ partner_api_key: keys.partner_api_key, client_secret: keys.data_import_key })
  const users = (fields: object) => post('/partners/hightouch/cohorts/users', { ...secrets(), ...fields })
  const rest = (url: string, body: unknown) => post(url, body, { authorization: `Bearer ${restKey}` })
  const user = (text: string) => handlers().getUser({ params: {}, query: { user: text }, body: {} })

  it('refuses in the order body, partner key, client secret, partner enabled, fields', async () => {
    const path = '/partners/hightouch/cohorts/users'
    const message = async (body: unknown, url = path) => {
      const answer = await post(url, body)
      return `${answer.status} ${answer.body.message}`
    }
    expect(await message('{"broken')).toBe('400 The request body must be a JSON object')
    expect(await message('[]')).toBe('400 The request body must be a JSON object')
    expect(await message(Buffer.from([0x22, 0xff, 0x22]))).toBe('400 The request body must be a JSON object')
    expect(await message({})).toBe('401 Invalid Partner API key')
    expect(await message({ ...secrets(), partner_api_key: keys.data_import_key })).toBe(
      '401 Invalid Partner API key',
    )
    expect(await message(secrets(), '/partners/nobody/cohorts/users')).toBe('401 Invalid Partner API key')
    expect(await message({ ...secrets(), client_secret: 'x' })).toBe('401 Invalid client secret')
    expect(await message({ ...secrets(), client_secret: 7 })).toBe('401 Invalid client secret')
    expect(await message(secrets())).toBe('400 `cohort_id` must be a valid string')
    expect(await message({ ...secrets(), cohort_id: 'x'.repeat(2_000) })).toMatch(/cohort_id/)
    expect(await message({ ...secrets(), cohort_id: 'c' })).toMatch(/^400 `cohort_changes` must be an array/)
    const ids = Array.from({ length: 1_001 }, (_, i) => `u${i}`)
    expect(await message({ ...secrets(), cohort_id: 'c', cohort_changes: [{ user_ids: ids }] })).toMatch(
      /^400 Only 1,000/,
    )
    const named = '/partners/hightouch/cohorts'
    expect(await message({ ...secrets(), cohort_id: 'c', name: ' ' }, named)).toMatch(/^400 `name`/)
    expect(await message({ ...secrets(), cohort_id: 'c', name: 'C', created_at: 'x' }, named)).toMatch(
      /^400 `created_at`/,
    )
  })

  it('masks the secret of a partner that is not enabled', async () => {
    const body = { name: '' }
    const partner = await handlers().createPartnerKey({ params: { slug: 'census' }, query: {}, body })
    const secret = await handlers().createDataImportKey({ params: { slug: 'census' }, query: {}, body })
    const answer = await post('/partners/census/cohorts/users', {
      partner_api_key: partner.key,
      client_secret: secret.key,
    })
    expect(answer.status).toBe(401)
    expect(answer.body.message).toBe(
      `Partner not enabled for client with client secret: ${secret.info.masked}`,
    )
    expect(answer.body.message).not.toContain(secret.key)
  })

  it('refuses an invalidated key from the next request on', async () => {
    const made = await handlers().createDataImportKey({
      params: { slug: 'hightouch' },
      query: {},
      body: { name: '' },
    })
    const send = () =>
      post('/partners/hightouch/cohorts/users', {
        ...secrets(),
        client_secret: made.key,
        cohort_id: 'probe',
        cohort_changes: [],
      })
    expect(await send()).toMatchObject({ status: 201, body: { message: 'success' } })
    await handlers().invalidateKey({ params: { id: made.info.id }, query: {}, body: {} })
    expect(await send()).toMatchObject({ status: 401, body: { message: 'Invalid client secret' } })
    expect(await handlers().listCohorts({ params: {}, query: {}, body: {} })).toEqual([])
  })

  it('answers 413, 415 and an unknown path in its own shape', async () => {
    expect(await post('/partners/hightouch/cohorts', `"${'x'.repeat(4_300_000)}"`)).toMatchObject({
      status: 413,
    })
    const text = await app.inject({
      method: 'POST',
      url: '/users/track',
      headers: { 'content-type': 'text/plain', authorization: `Bearer ${restKey}` },
      payload: 'x',
    })
    expect([text.statusCode, text.json()]).toEqual([
      415,
      { message: 'The Content-Type must be application/json' },
    ])
    for (const url of [
      '/partners/x/y',
      '/users/nothing',
      '/users',
      '/partners/hightouch/cohorts/users/more',
    ]) {
      expect(await post(url, {})).toMatchObject({ status: 404, body: { message: 'Invalid URL' } })
    }
  })

  it('makes users, aliases, events and purchases of one track request, and leaves out what is wrong', async () => {
    const answer = await rest('/users/track', {
      attributes: [
        { external_id: 'ann', first_name: 'Ann', email: 'ann@example.com', plan: 'vip', visits: 1, gone: 1 },
        { external_id: 'ann', visits: { inc: 2 }, tags: { add: ['a', 'b'] }, gone: null },
        { external_id: 'bad', email: 'nonsense' },
        { first_name: 'nobody' },
        { user_alias: { alias_label: 'crm', alias_name: 'new' }, first_name: 'update only' },
        {
          user_alias: { alias_label: 'crm', alias_name: 'al' },
          _update_existing_only: false,
          first_name: 'Al',
        },
        { external_id: 'nul', note: 'a\u0000b' },
      ],
      events: [
        { external_id: 'eve', name: 'opened', time: '2026-01-01T00:00:00Z' },
        { external_id: 'eve', name: 'opened' },
      ],
      purchases: [
        {
          external_id: 'ann',
          product_id: 7,
          currency: 'eur',
          price: 1.5,
          time: '2026-01-01T00:00:00Z',
          quantity: 101,
        },
      ],
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      attributes_processed: 4,
      events_processed: 1,
      purchases_processed: 0,
      message: 'success',
    })
    expect(answer.body.errors.map((e: { type: string; index: number }) => [e.index, e.type])).toEqual([
      [3, "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"],
      [6, "'note' is not valid"],
      [1, "The property '#/' did not contain a required property of 'time'"],
      [0, "'quantity' is not valid"],
      [2, "The value provided for the 'email' field is not a valid email."],
    ])
    const ann = await user('ann')
    expect(ann.fields).toEqual({ first_name: 'Ann', email: 'ann@example.com' })
    expect(ann.custom_attributes).toEqual({ plan: 'vip', visits: 3, tags: ['a', 'b'] })
    expect((await user('alias:crm:al')).fields).toEqual({ first_name: 'Al' })
    await expect(user('alias:crm:new')).rejects.toThrow('there is no user')
    expect((await user('eve')).external_id).toBe('eve')
    expect(await rest('/users/track', { attributes: [{}] })).toMatchObject({ status: 400 })
    expect(await post('/users/track', {})).toMatchObject({ status: 401 })
    const wrong = await post('/users/track', {}, { authorization: `Bearer ${keys.partner_api_key}` })
    expect(wrong.body.message).toMatch(/^Invalid API key: mpk_.{4}•+$/)
  })

  it('keeps attribute names such as __proto__ as plain names', async () => {
    await rest('/users/track', '{"attributes":[{"external_id":"proto","__proto__":{"x":1},"constructor":2}]}')
    expect(Object.entries((await user('proto')).custom_attributes)).toEqual([
      ['__proto__', { x: 1 }],
      ['constructor', 2],
    ])
  })

  it('gives an alias to a user, not two of one label, none to an unknown one, and makes alias-only users', async () => {
    await rest('/users/track', { attributes: [{ external_id: 'bob' }] })
    const alias = (name: string, externalId?: string) => ({
      alias_label: 'shop',
      alias_name: name,
      external_id: externalId,
    })
    const answer = await rest('/users/alias/new', {
      user_aliases: [
        alias('b1', 'bob'),
        alias('b2', 'bob'),
        alias('x', 'unknown'),
        alias('only'),
        { alias_label: 'l' },
      ],
    })
    expect(answer).toMatchObject({ status: 201, body: { aliases_processed: 4, message: 'success' } })
    expect((await user('bob')).aliases).toEqual([{ label: 'shop', name: 'b1' }])
    expect((await user('alias:shop:only')).external_id).toBeNull()
    await expect(user('alias:shop:x')).rejects.toThrow()
  })

  it('follows a device through its life: anonymous, identified in place, merged, moved', async () => {
    const session = async (fields: object) => {
      const answer = await rest('/sdk/session', fields)
      expect(answer.status).toBe(201)
      return answer.body.braze_ids[0]
    }
    const anonymous = await session({ device_id: 'phone', attributes: { first_name: 'Early', plan: 'free' } })
    expect(await session({ device_id: 'phone' })).toBe(anonymous)
    const joined = await users({ cohort_id: 'devices', cohort_changes: [{ device_ids: ['phone', 'other'] }] })
    expect(joined.status).toBe(201)
    expect(await session({ device_id: 'phone', user_id: 'carl' })).toBe(anonymous)
    expect((await user('carl')).cohorts).toHaveLength(1)

    const other = await session({
      device_id: 'other',
      attributes: { first_name: 'Lost', city: 'Rome', plan: 'x' },
    })
    await rest('/users/alias/new', {
      user_aliases: [{ external_id: 'carl', alias_label: 'crm', alias_name: 'c' }],
    })
    await users({ cohort_id: 'more', cohort_changes: [{ device_ids: ['other'] }] })
    expect(await session({ device_id: 'other', user_id: 'carl' })).toBe(anonymous)
    const carl = await user('carl')
    expect(carl.fields).toEqual({ first_name: 'Early' })
    expect(carl.custom_attributes).toEqual({ plan: 'free', city: 'Rome' })
    expect(carl.devices).toEqual(['other', 'phone'])
    expect(carl.cohorts.map((c) => c.cohort_id).sort()).toEqual(['devices', 'more'])
    await expect(user(`braze:${other}`)).rejects.toThrow('there is no user')

    const dora = await session({ device_id: 'other', user_id: 'dora' })
    expect(dora).not.toBe(anonymous)
    expect((await user('carl')).devices).toEqual(['phone'])
    expect((await user('dora')).devices).toEqual(['other'])
    expect(
      (await users({ cohort_id: 'more', cohort_changes: [{ device_ids: ['other'], should_remove: true }] }))
        .status,
    ).toBe(201)
    expect((await user('carl')).cohorts).toHaveLength(2)
  })

  it('takes a thousand sessions in their order, also of one device and one user several times', async () => {
    const sessions = [
      ...Array.from({ length: 990 }, (_, i) => ({ device_id: `bulk-${i}` })),
      { device_id: 'a' },
      { device_id: 'a', user_id: 'zoe' },
      { device_id: 'b' },
      { device_id: 'b', user_id: 'zoe' },
      { device_id: 'a', user_id: 'yan' },
    ]
    const answer = await rest('/sdk/session', { sessions })
    expect(answer).toMatchObject({ status: 201, body: { sessions_processed: 995 } })
    expect(new Set(answer.body.braze_ids).size).toBe(992)
    expect((await user('zoe')).devices).toEqual(['b'])
    expect((await user('yan')).devices).toEqual(['a'])
    expect(await rest('/sdk/session', { sessions: [{ device_id: '' }] })).toMatchObject({ status: 400 })
    expect(await rest('/sdk/session', {})).toMatchObject({ status: 400 })
  })

  it('lets many requests about the same users and devices come at once', async () => {
    const one = async (client: number) => {
      for (let i = 0; i < 10; i++) {
        const id = `u${(client + i) % 3}`
        const answers = await Promise.all([
          rest('/users/track', {
            attributes: [
              { external_id: id, n: { inc: 1 } },
              { external_id: `u${i % 3}`, m: { inc: 1 } },
            ],
          }),
          rest('/sdk/session', { device_id: `shared${i % 2}`, user_id: id }),
          users({
            cohort_id: 'busy',
            cohort_changes: [{ user_ids: ['u0', 'u1', 'u2'], device_ids: ['shared0'] }],
          }),
        ])
        expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201])
      }
    }
    await Promise.all([0, 1, 2, 3].map(one))
    const rows = await database.half.rows<{ n: number; m: number }>(sql`
      select sum((custom_attributes ->> 'n')::int) as n, sum((custom_attributes ->> 'm')::int) as m
      from engage.profile where external_id in ('u0', 'u1', 'u2')`)
    expect(rows).toEqual([{ n: 40, m: 40 }])
  })

  it('shows each id of an import with its fate, under the X-Request-Id of the answer', async () => {
    const { id } = await users({
      cohort_id: 'fates',
      cohort_changes: [
        { user_ids: ['ann', 'nobody'], aliases: { alias_label: 'crm', alias_name: 'c' } },
        { device_ids: ['phone'], user_ids: ['ann'], should_remove: true },
      ],
    })
    const shown = await handlers().getImport({ params: { id }, query: {}, body: {} })
    expect(shown.fates.map(({ kind, value, remove, fate }) => [kind, value, remove, fate])).toEqual([
      ['external_id', 'ann', false, 'added'],
      ['external_id', 'nobody', false, 'unknown'],
      ['alias', 'c', false, 'added'],
      ['external_id', 'ann', true, 'removed'],
      ['device_id', 'phone', true, 'device_of_identified'],
    ])
    const cohort = await handlers().getCohort({
      params: { partner: 'hightouch', cohort_id: 'fates' },
      query: {},
      body: {},
    })
    expect(cohort).toMatchObject({ name: 'fates', members: 1, imports: { requests: 1, ids: 5, added: 2 } })
    await post('/partners/hightouch/cohorts', {
      ...secrets(),
      cohort_id: 'fates',
      name: 'Fates',
      created_at: '2021-01-21T19:20:30+05:00',
    })
    const [named] = (await handlers().listCohorts({ params: {}, query: {}, body: {} })).filter(
      (c) => c.cohort_id === 'fates',
    )
    expect(named).toMatchObject({ name: 'Fates', members: 1 })
  })

  it('answers 423 while another writer holds the cohort', async () => {
    let release = (): void => {}
    const held = new Promise<void>((done) => {
      release = done
    })
    const { lockCohort } = await import('../../engage/lifecycle-lock.ts')
    const holding = database.half.transaction(async (tx) => {
      await lockCohort(tx, 'hightouch', 'held')
      await held
    })
    await new Promise((done) => setTimeout(done, 100))
    const answer = await users({ cohort_id: 'held', cohort_changes: [{ user_ids: ['ann'] }] })
    release()
    await holding
    expect(answer).toMatchObject({ status: 423, body: { message: 'Resource locked' } })
  })
})
