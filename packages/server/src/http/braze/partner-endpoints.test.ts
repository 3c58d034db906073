import { gzipSync } from 'node:zlib'
import { silentLog } from '@muster/core/lib/log.ts'
import type { InjectOptions } from 'fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts'
import { type Engage, openEngage } from '../../engage/engage.ts'
import { engageHandlers } from '../admin/engage-handlers.ts'
import { registerBraze } from './register.ts'

const hour = 3_600_000
const perHour = 1_000

describe('the partner endpoints beyond Braze', () => {
  let database: TestDatabase
  let engage: Engage
  let app: FastifyInstance
  let secrets: { partner_api_key: string; client_secret: string }
  let now = Date.UTC(2026, 10, 23, 10, 30)
  const admin = () => engageHandlers(engage, { restEndpoint: () => 'http://rest' })
  const newKey = async () => {
    const made = await admin().createDataImportKey({
      params: { slug: 'hightouch' },
      query: {},
      body: { name: '' },
    })
    return made.key
  }

  beforeAll(async () => {
    database = await openTestDatabase('engage')
    engage = openEngage({
      database: database.half,
      clock: () => now,
      log: silentLog,
      channels: () => [],
      settings: { cohortRequestsPerHour: perHour, importsKeptMs: 30 * 24 * hour },
    })
    app = Fastify()
    registerBraze(app, engage)
    await app.ready()
    const keys = await admin().createPartnerKeys({
      params: { slug: 'hightouch' },
      query: {},
      body: { name: 'test' },
    })
    secrets = { partner_api_key: keys.partner_api_key, client_secret: keys.data_import_key }
    await database.half.rows(sql`
      insert into engage.profile (workspace_id, external_id, created_at, updated_at)
      select 1, 'u' || i, now(), now() from generate_series(1, 20) i`)
  })
  afterAll(async () => {
    await app.close()
    await engage.close()
    await database.close()
  })

  type Headers = Record<string, string>
  const send = async (path: string, payload: InjectOptions['payload'], headers: Headers = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/partners/hightouch/cohorts${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    return {
      status: answer.statusCode,
      body: answer.json(),
      headers: answer.headers,
      id: String(answer.headers['x-request-id']),
    }
  }
  const post = (path: string, fields: object, headers: Headers = {}) =>
    send(path, { ...secrets, ...fields }, headers)
  const add = (cohort_id: string, user_ids: string[], headers: Headers = {}) =>
    post('/users', { cohort_id, cohort_changes: [{ user_ids }] }, headers)
  const membersOf = async (cohort_id: string) =>
    (await post('/members', { cohort_id })).body.members?.map(
      (m: { external_id: string | null }) => m.external_id,
    )
  const changes = (cohort_id: string, user_ids: string[]) =>
    JSON.stringify({ ...secrets, cohort_id, cohort_changes: [{ user_ids }] })

  it('counts requests by key and hour of the clock, and refuses those above the limit until the next', async () => {
    const client_secret = await newKey()
    const probe = () =>
      post('/users', { client_secret, cohort_id: 'quota', cohort_changes: [] }).then(
        ({ status, headers }) => [
          status,
          headers['x-ratelimit-limit'],
          headers['x-ratelimit-remaining'],
          headers['x-ratelimit-reset'],
        ],
      )
    const reset = String(Date.UTC(2026, 10, 23, 11) / 1_000)
    expect(await probe()).toEqual([201, '1000', '999', reset])
    for (let i = 2; i <= perHour; i++) await probe()
    const refused = await post('/users', { client_secret, cohort_id: 'quota', cohort_changes: [] })
    expect([refused.status, refused.body]).toEqual([429, { message: 'Rate Limited' }])
    expect(refused.headers).toMatchObject({ 'retry-after': '1800', 'x-ratelimit-remaining': '0' })
    expect((await add('quota', [])).status).toBe(201)
    now += hour / 2
    expect((await probe())[0]).toBe(201)
  })

  it('shows the quota also on a refused body, and empty headers to who has no key', async () => {
    const wrong = await post('/users', {})
    expect([wrong.status, wrong.headers['x-ratelimit-limit']]).toEqual([400, '1000'])
    const stranger = await post('/users', { client_secret: 'x' })
    expect(stranger.status).toBe(401)
    expect(stranger.headers).toMatchObject({ 'x-ratelimit-limit': '', 'x-ratelimit-reset': '' })
  })

  it('takes gzip bodies; refuses broken ones, other encodings, and what inflates above 4 MB', async () => {
    const gzip = { 'content-encoding': 'gzip' }
    expect((await send('/users', gzipSync(changes('zip', ['u1'])), gzip)).status).toBe(201)
    expect(await membersOf('zip')).toEqual(['u1'])
    const whole = gzipSync(changes('zip', ['u2']))
    for (const broken of [whole.subarray(0, 40), Buffer.from('not gzip'), Buffer.from(changes('zip', []))]) {
      expect((await send('/users', broken, gzip)).status).toBe(400)
    }
    expect((await send('/users', 'x', { 'content-encoding': 'br' })).status).toBe(415)
    const bomb = gzipSync(Buffer.alloc(300 * 1_024 * 1_024))
    expect(bomb.length).toBeLessThan(4 * 1_024 * 1_024)
    const before = process.memoryUsage().rss
    expect((await send('/users', bomb, gzip)).status).toBe(413)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1_024 * 1_024)
    expect(await membersOf('zip')).toEqual(['u1'])
  })

  it('survives JSON nested a hundred thousand deep, wherever it stands', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { partner_api_key: partner, client_secret: secret } = secrets
    const head = `{"partner_api_key":"${partner}","client_secret":"${secret}"`
    expect((await send('/users', deep)).status).toBe(400)
    expect((await send('/users', `${head},"cohort_id":${deep}}`)).status).toBe(400)
    expect((await send('/users', `${head},"cohort_id":"d","cohort_changes":${deep}}`)).status).toBe(400)
    const extra = `${head},"cohort_id":"d","cohort_changes":[],"extra":${deep}}`
    expect((await send('/users', extra, { 'idempotency-key': 'deep' })).status).toBe(201)
  })

  it('reports the fate of each id when asked, in order', async () => {
    const plain = await add('report', ['u1'])
    expect(plain.body).toEqual({ message: 'success' })
    const { body } = await add('report', ['u1', 'nobody', 'u2'], { 'x-muster-report': '1' })
    expect(body.message).toBe('success')
    expect(body.report).toMatchObject({
      dry_run: false,
      counts: { ids: 3, added: 1, already_in: 1, unknown: 1 },
    })
    expect(body.report.ids.map((one: { fate: string }) => one.fate)).toEqual([
      'already_in',
      'unknown',
      'added',
    ])
  })

  it('tries a request without changing or logging anything', async () => {
    const { body } = await add('dry', ['u1', 'nobody'], { 'x-muster-dry-run': '1' })
    expect(body.report).toMatchObject({ dry_run: true, counts: { ids: 2, added: 1, unknown: 1 } })
    expect((await post('/details', { cohort_id: 'dry' })).status).toBe(404)
    const named = { cohort_id: 'dry', name: 'Dry', created_at: '2026-01-01T00:00:00Z' }
    expect((await post('', named, { 'x-muster-dry-run': '1' })).status).toBe(201)
    expect((await post('/details', { cohort_id: 'dry' })).status).toBe(404)
    const logged = await admin().listImports({ params: {}, query: { cohort_id: 'dry', limit: 10 }, body: {} })
    expect(logged.map(({ status }) => status)).toEqual([404, 404])
  })

  it('gives the first answer again to the same Idempotency-Key, and takes effect once', async () => {
    const headers = { 'idempotency-key': 'once', 'x-muster-report': '1' }
    const first = await add('once', ['u1'], headers)
    expect(first.body.report.counts).toMatchObject({ added: 1 })
    await post('/users', { cohort_id: 'once', cohort_changes: [{ user_ids: ['u1'], should_remove: true }] })
    const again = await add('once', ['u1'], headers)
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(await membersOf('once')).toEqual([])
    const other = await add('once', ['u2'], headers)
    expect([other.status, other.body.message]).toEqual([
      422,
      expect.stringMatching(/^This Idempotency-Key was used/),
    ])
    expect((await add('once', ['u2'], { 'idempotency-key': 'with blank' })).status).toBe(400)
  })

  it('keeps no answer to a wrong request, and answers 423 while the first one is under way', async () => {
    const headers = { 'idempotency-key': 'later' }
    expect((await post('/users', { cohort_id: 'later' }, headers)).status).toBe(400)
    expect((await add('later', ['u1'], headers)).status).toBe(201)
    const together = await Promise.all(
      Array.from({ length: 6 }, () => add('busy', ['u1', 'u2'], { 'idempotency-key': 'busy' })),
    )
    const statuses = together.map(({ status }) => status)
    expect(statuses).toContain(201)
    expect(statuses.filter((status) => status !== 201 && status !== 423)).toEqual([])
    const log = await admin().listImports({
      params: {},
      query: { cohort_id: 'busy', status: 201, limit: 10 },
      body: {},
    })
    expect(log.filter(({ counts }) => counts.ids > 0)).toHaveLength(1)
  })

  it('lets a sender read its own cohorts: all, one, and members page by page', async () => {
    await post('', { cohort_id: 'read', name: 'Read me', created_at: '2026-01-01T00:00:00Z' })
    await add('read', ['u1', 'u2', 'u3'])
    const { cohorts } = (await post('/list', {})).body
    expect(cohorts).toContainEqual(
      expect.objectContaining({ cohort_id: 'read', name: 'Read me', members: 3 }),
    )
    expect((await post('/details', { cohort_id: 'read' })).body).toMatchObject({
      message: 'success',
      cohort: { cohort_id: 'read', members: 3, created_at: '2026-01-01T00:00:00.000Z' },
    })
    const page = await post('/members', { cohort_id: 'read', limit: 2 })
    expect(page.body.members).toHaveLength(2)
    const rest = await post('/members', { cohort_id: 'read', limit: 2, after: page.body.next })
    expect(rest.body).toMatchObject({ members: [{ external_id: 'u3' }], next: null })
    expect((await post('/members', { cohort_id: 'read', limit: 0 })).status).toBe(400)
    expect((await post('/list', { client_secret: 'x' })).status).toBe(401)
    const census = await admin().createPartnerKeys({
      params: { slug: 'census' },
      query: {},
      body: { name: '' },
    })
    const other = await app.inject({
      method: 'POST',
      url: '/partners/census/cohorts/list',
      payload: { partner_api_key: census.partner_api_key, client_secret: census.data_import_key },
    })
    expect(other.json().cohorts).toEqual([])
  })

  it('has every request on record, also refused ones, without a secret; found by status and by id', async () => {
    const refused = await post('/users', { client_secret: 'stolen-secret', cohort_id: 'seen' })
    const named = await post('', { cohort_id: 'seen', name: 'S', created_at: '2026-01-01T00:00:00Z' })
    const done = await add('seen', ['u7', 'nobody'])
    const poison = await post('/users', { cohort_id: 'a\u0000b', cohort_changes: [] })
    expect(poison.status).toBe(400)
    const list = (query: object) =>
      admin().listImports({ params: {}, query: { limit: 50, ...query }, body: {} })
    const seen = await list({ cohort_id: 'seen' })
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set([refused.id, named.id, done.id]))
    expect(seen.find(({ id }) => id === refused.id)).toMatchObject({
      status: 401,
      endpoint: 'users',
      message: 'Invalid client secret',
      key: null,
    })
    expect((await list({ status: 401, cohort_id: 'seen' })).map(({ id }) => id)).toEqual([refused.id])
    expect((await list({ id: 'u7' })).map(({ id }) => id)).toEqual([done.id])
    expect(JSON.stringify(await list({}))).not.toMatch(/stolen-secret|mdi_\w{10}|mpk_\w{10}/)
    const shown = await admin().getImport({ params: { id: refused.id }, query: {}, body: {} })
    expect(shown).toMatchObject({ status: 401, fates: [] })
  })

  it('runs an import again as a new one, and refuses what holds no ids', async () => {
    const first = await add('replay', ['u1', 'u2'])
    await post('/users', { cohort_id: 'replay', cohort_changes: [{ user_ids: ['u2'], should_remove: true }] })
    const again = await admin().replayImport({ params: { id: first.id }, query: {}, body: {} })
    expect(again).toMatchObject({ cause: 'replay', replay_of: first.id, counts: { added: 1, already_in: 1 } })
    expect(await membersOf('replay')).toEqual(['u1', 'u2'])
    const refused = await post('/users', { cohort_id: 'replay' })
    await expect(admin().replayImport({ params: { id: refused.id }, query: {}, body: {} })).rejects.toThrow(
      'cannot be run again',
    )
  })
})
