import { silentLog } from '@muster/core/lib/log.ts'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts'
import { type Engage, openEngage } from '../../engage/engage.ts'
import { engageHandlers } from '../admin/engage-handlers.ts'
import { registerBraze } from './register.ts'

describe('who a user is, on the Braze surface', () => {
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
    const made = { params: { slug: 'hightouch' }, query: {}, body: { name: '' } }
    keys = await handlers().createPartnerKeys(made)
    restKey = (await handlers().createRestKey({ params: {}, query: {}, body: { name: '' } })).api_key
  })
  afterAll(async () => {
    await app.close()
    await engage.close()
    await database.close()
  })

  const rest = async (url: string, body: object) => {
    const headers = { authorization: `Bearer ${restKey}` }
    const answer = await app.inject({ method: 'POST', url, headers, payload: body })
    return { status: answer.statusCode, body: answer.json() }
  }
  const join = async (cohortId: string, change: object) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/partners/hightouch/cohorts/users',
      payload: {
        partner_api_key: keys.partner_api_key,
        client_secret: keys.data_import_key,
        cohort_id: cohortId,
        cohort_changes: [change],
      },
    })
    expect(answer.statusCode).toBe(201)
  }
  const user = (text: string) => handlers().getUser({ params: {}, query: { user: text }, body: {} })
  const cohortsOf = async (text: string) =>
    (await user(text)).cohorts.map((cohort) => cohort.cohort_id).sort()
  const aliasUser = (name: string, fields: object = {}) =>
    rest('/users/track', {
      attributes: [
        { user_alias: { alias_label: 'crm', alias_name: name }, _update_existing_only: false, ...fields },
      ],
    })
  const alias = (name: string) => ({ alias_label: 'crm', alias_name: name })

  it('names users by email and phone: the identified one before others, a new one where there is none', async () => {
    await rest('/users/track', {
      attributes: [
        { email: 'New@Example.com', plan: 'a' },
        { email: 'new@example.com', plan: 'b' },
        { phone: '+15550001', plan: 'p' },
      ],
      events: [{ email: 'event@example.com', name: 'opened', time: '2026-01-01' }],
    })
    await rest('/users/track', { attributes: [{ external_id: 'known', email: 'new@example.com' }] })
    await rest('/users/track', { attributes: [{ email: 'NEW@example.com', seen: true }] })
    expect((await user('known')).custom_attributes).toEqual({ seen: true })
    const exported = await rest('/users/export/ids', { email_address: 'new@example.com' })
    expect(exported.body.users).toHaveLength(2)
    await rest('/users/track', {
      attributes: [{ email: 'both@example.com', phone: '+15550001', first_name: 'B' }],
    })
    const byPhone = await rest('/users/export/ids', {
      phone: '+15550001',
      fields_to_export: ['email', 'first_name'],
    })
    expect(byPhone.body.users).toEqual([{}, { email: 'both@example.com', first_name: 'B' }])
  })

  it('renames an alias, but not to one that somebody has', async () => {
    await aliasUser('old')
    await aliasUser('taken')
    const updates = [
      { alias_label: 'crm', old_alias_name: 'old', new_alias_name: 'taken' },
      { alias_label: 'crm', old_alias_name: 'old' },
      { alias_label: 'crm', old_alias_name: 'nobody', new_alias_name: 'x' },
    ]
    const answer = await rest('/users/alias/update', { alias_updates: updates })
    expect(answer).toMatchObject({ status: 201, body: { aliases_processed: 2, message: 'success' } })
    expect(answer.body.errors).toHaveLength(1)
    expect((await user('alias:crm:old')).aliases).toEqual([{ label: 'crm', name: 'old' }])
    await rest('/users/alias/update', {
      alias_updates: [{ alias_label: 'crm', old_alias_name: 'old', new_alias_name: 'new' }],
    })
    expect((await user('alias:crm:new')).aliases).toEqual([{ label: 'crm', name: 'new' }])
    await expect(user('alias:crm:old')).rejects.toThrow()
  })

  it('identifies an alias user: named in place, or taken in; not where the other has that label', async () => {
    await aliasUser('i1', { plan: 'free' })
    await aliasUser('i2', { plan: 'x', city: 'Rome' })
    await join('of i2', { aliases: [alias('i2')] })
    await aliasUser('i3')
    await rest('/users/track', { attributes: [{ external_id: 'ian', plan: 'vip' }] })
    const answer = await rest('/users/identify', {
      aliases_to_identify: [
        { external_id: 'ivy', user_alias: alias('i1') },
        { external_id: 'ian', user_alias: alias('i2') },
        { external_id: 'ian', user_alias: alias('i3') },
        { external_id: 'ian', user_alias: alias('nobody') },
      ],
    })
    expect(answer).toEqual({ status: 201, body: { aliases_processed: 4, message: 'success' } })
    expect((await user('ivy')).custom_attributes).toEqual({ plan: 'free' })
    const ian = await user('ian')
    expect(ian.custom_attributes).toEqual({ plan: 'vip', city: 'Rome' })
    expect(ian.aliases).toEqual([{ label: 'crm', name: 'i2' }])
    expect(await cohortsOf('ian')).toEqual(['of i2'])
    expect((await user('alias:crm:i3')).external_id).toBeNull()
  })

  it('identifies who is known by email only, without their attributes where merge_behavior is none', async () => {
    await rest('/users/track', {
      attributes: [{ email: 'eva@example.com', plan: 'free' }, { external_id: 'eva' }],
    })
    const body = {
      emails_to_identify: [
        {
          external_id: 'eva',
          email: 'eva@example.com',
          prioritization: ['unidentified', 'most_recently_updated'],
        },
      ],
      merge_behavior: 'none',
    }
    expect(await rest('/users/identify', body)).toEqual({
      status: 201,
      body: { emails_processed: 1, message: 'success' },
    })
    expect((await user('eva')).custom_attributes).toEqual({})
    const { body: exported } = await rest('/users/export/ids', { email_address: 'eva@example.com' })
    expect(exported.users).toEqual([])
  })

  it('merges users one into another, also in a row, with their cohorts', async () => {
    await rest('/users/track', {
      attributes: [
        { external_id: 'm1', a: 1 },
        { external_id: 'm2', a: 2, b: 2 },
        { external_id: 'm3', c: 3 },
      ],
    })
    await join('of m1', { user_ids: ['m1'] })
    await join('of m2', { user_ids: ['m2'] })
    const merge = (from: string, into: string) => ({
      identifier_to_merge: { external_id: from },
      identifier_to_keep: { external_id: into },
    })
    expect(await rest('/users/merge', { merge_updates: [merge('m1', 'm2'), merge('m2', 'm3')] })).toEqual({
      status: 202,
      body: { message: 'success' },
    })
    expect((await user('m3')).custom_attributes).toEqual({ a: 2, b: 2, c: 3 })
    expect(await cohortsOf('m3')).toEqual(['of m1', 'of m2'])
    await expect(user('m1')).rejects.toThrow()
    const message = async (body: object) => (await rest('/users/merge', body)).body.message
    expect(await message({ merge_updates: 'x' })).toBe("'merge_updates' must be an array of objects")
    expect(await message({ merge_updates: [{ ...merge('a', 'b'), more: 1 }] })).toMatch(
      /^'merge_updates' must only/,
    )
    expect(await message({ merge_updates: [{ ...merge('a', 'b'), identifier_to_keep: {} }] })).toMatch(
      /^identifiers/,
    )
    expect(await message({ merge_updates: Array(51).fill(merge('a', 'b')) })).toMatch(/more than 50 merge/)
  })

  it('renames an external_id; the old one leads to the user until it is removed', async () => {
    await rest('/users/track', { attributes: [{ external_id: 'abc' }, { external_id: 'other' }] })
    const rename = (current: string, next: string) => ({
      current_external_id: current,
      new_external_id: next,
    })
    expect(await rest('/users/external_ids/rename', { external_id_renames: [rename('abc', 'foo')] })).toEqual(
      {
        status: 201,
        body: {
          rename_errors: [],
          external_ids: [{ current_external_id: 'abc', new_external_id: 'foo' }],
          message: 'success',
        },
      },
    )
    const refused = await rest('/users/external_ids/rename', {
      external_id_renames: [
        rename('abc', 'x'),
        rename('other', 'foo'),
        rename('other', 'abc'),
        rename('nobody', 'y'),
      ],
    })
    expect(refused.body.external_ids).toEqual([])
    expect(refused.body.rename_errors).toHaveLength(4)
    await rest('/users/track', { attributes: [{ external_id: 'abc', plan: 'vip' }] })
    await rest('/users/alias/new', { user_aliases: [{ external_id: 'abc', ...alias('renamed') }] })
    await rest('/sdk/session', { device_id: 'abc phone', user_id: 'abc' })
    await join('old id', { user_ids: ['abc'] })
    const foo = await user('foo')
    expect(foo).toMatchObject({ custom_attributes: { plan: 'vip' }, devices: ['abc phone'] })
    expect(foo.aliases).toEqual([{ label: 'crm', name: 'renamed' }])
    expect(await cohortsOf('foo')).toEqual(['old id'])

    expect(await rest('/users/external_ids/remove', { external_ids: ['abc', 'foo'] })).toEqual({
      status: 201,
      body: {
        removed_ids: ['abc'],
        removal_errors: ["'foo' is not a deprecated external_id"],
        message: 'success',
      },
    })
    await rest('/users/track', { attributes: [{ external_id: 'abc', plan: 'new' }] })
    expect((await user('foo')).custom_attributes).toEqual({ plan: 'vip' })
  })

  it('deletes users by every kind of id, and counts the ids that it was given', async () => {
    await aliasUser('doomed')
    await rest('/users/track', {
      attributes: [{ external_id: 'd1' }, { external_id: 'd2' }, { email: 'doomed@example.com' }],
    })
    await join('doomed', { user_ids: ['d1', 'd2'], aliases: [alias('doomed')] })
    const ids = ['d1', 'nobody', 'd1']
    expect(await rest('/users/delete', { external_ids: ids })).toEqual({
      status: 201,
      body: { deleted: 3, message: 'success' },
    })
    await rest('/users/delete', { user_aliases: [alias('doomed')], email_addresses: ['doomed@example.com'] })
    await expect(user('d1')).rejects.toThrow()
    await expect(user('alias:crm:doomed')).rejects.toThrow()
    const cohort = { partner: 'hightouch', cohort_id: 'doomed' }
    expect(await handlers().getCohort({ params: cohort, query: {}, body: {} })).toMatchObject({ members: 1 })
    expect(await rest('/users/delete', {})).toMatchObject({ status: 400 })
    expect(await rest('/users/delete', { external_ids: Array(51).fill('x') })).toMatchObject({ status: 400 })
  })

  it('lets users be told of, joined, renamed and deleted at once, and leaves nothing behind of who is gone', async () => {
    const id = (n: number) => `busy${n % 4}`
    const one = async (n: number): Promise<void> => {
      const event = { external_id: id(n), name: 'opened', time: '2026-01-01' }
      const merge = {
        identifier_to_merge: { external_id: id(n) },
        identifier_to_keep: { external_id: id(n + 1) },
      }
      const rename = { current_external_id: id(n + 2), new_external_id: id(n + 3) }
      const answers = await Promise.all([
        rest('/users/track', { attributes: [{ external_id: id(n), n }], events: [event] }),
        rest('/users/merge', { merge_updates: [merge] }),
        rest('/users/external_ids/rename', { external_id_renames: [rename] }),
        rest('/sdk/session', { device_id: `busy${n % 2}`, user_id: id(n + 1) }),
        rest('/users/delete', { external_ids: [id(n + 3)] }),
        join('busy', { user_ids: [id(n), id(n + 1)], device_ids: ['busy0'] }),
      ])
      expect(answers.flatMap((answer) => answer?.status ?? [])).toEqual([201, 202, 201, 201, 201])
    }
    for (let round = 0; round < 8; round++) await Promise.all([0, 1, 2].map((n) => one(round + n)))
    const left = await database.half.rows(sql`
      select 'event' as what from engage.event t
      where not exists (select from engage.profile p where p.profile_id = t.profile_id)
      union all
      select 'member' from engage.cohort_member t
      where not exists (select from engage.profile p where p.profile_id = t.profile_id)
      union all
      select 'twice' from engage.deprecated_external_id d join engage.profile p on p.external_id = d.external_id`)
    expect(left).toEqual([])
  })
})
