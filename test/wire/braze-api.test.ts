import { Braze } from 'braze-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'

describe('braze-api, a public client written for Braze,', () => {
  let muster: MusterProcess
  let address: string
  let braze: Braze
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    const { api_key: key } = z.object({ api_key: z.string() }).parse(await post('/api/rest-keys', {}))
    braze = new Braze(address, key)
  })
  afterAll(() => muster.close())

  const post = async (path: string, body: object, method = 'POST'): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${address}${path}`, { method, headers, body: JSON.stringify(body) })
    expect(response.ok).toBe(true)
    return response.json()
  }
  const time = '2026-11-01T10:00:00Z'

  it('tracks users', async () => {
    const answer = await braze.users.track({
      attributes: [
        { external_id: 'ann', first_name: 'Ann', email: 'ann@example.org', plan: 'gold' },
        { external_id: 'bob' },
      ],
      events: [{ external_id: 'ann', name: 'opened', time, properties: { page: 'home' } }],
      purchases: [{ external_id: 'ann', product_id: 'p', currency: 'EUR', price: 2, time }],
    })
    expect(answer).toEqual({
      attributes_processed: 2,
      events_processed: 1,
      purchases_processed: 1,
      message: 'success',
    })
  })

  it('gives and changes aliases', async () => {
    const alias = { external_id: 'ann', alias_label: 'crm', alias_name: '1' }
    expect(await braze.users.alias.new({ user_aliases: [alias] })).toEqual({
      aliases_processed: 1,
      message: 'success',
    })
    const update = { alias_label: 'crm', old_alias_name: '1', new_alias_name: '2' }
    expect(await braze.users.alias.update({ alias_updates: [update] })).toMatchObject({ message: 'success' })
  })

  it('identifies, merges, renames and deletes users', async () => {
    await braze.users.alias.new({ user_aliases: [{ alias_label: 'crm', alias_name: '9' }] })
    const cleo = { external_id: 'cleo', user_alias: { alias_label: 'crm', alias_name: '9' } }
    expect(await braze.users.identify({ aliases_to_identify: [cleo] })).toMatchObject({
      aliases_processed: 1,
      message: 'success',
    })
    expect(
      await braze.users.merge({
        merge_updates: [
          { identifier_to_merge: { external_id: 'bob' }, identifier_to_keep: { external_id: 'cleo' } },
        ],
      }),
    ).toEqual({ message: 'success' })
    const rename = { current_external_id: 'cleo', new_external_id: 'cleopatra' }
    expect(await braze.users.external_ids.rename({ external_id_renames: [rename] })).toEqual({
      external_ids: [rename],
      rename_errors: [],
      message: 'success',
    })
    expect(await braze.users.external_ids.remove({ external_ids: ['cleo'] })).toEqual({
      removed_ids: ['cleo'],
      removal_errors: [],
      message: 'success',
    })
    expect(await braze.users.delete({ external_ids: ['cleopatra', 'nobody'] })).toEqual({
      deleted: 2,
      message: 'success',
    })
  })

  it('exports users', async () => {
    const answer = await braze.users.export.ids({
      external_ids: ['ann', 'nobody'],
      fields_to_export: ['external_id', 'first_name', 'custom_attributes', 'user_aliases'],
    })
    expect(answer).toEqual({
      users: [
        {
          external_id: 'ann',
          first_name: 'Ann',
          custom_attributes: { plan: 'gold' },
          user_aliases: [{ alias_label: 'crm', alias_name: '2' }],
        },
      ],
      invalid_user_ids: ['nobody'],
      message: 'success',
    })
  })

  it('reads segments', async () => {
    const filter = { kind: 'field', field: 'first_name', operator: 'equals', value: 'Ann' }
    await post('/api/segments/anns', { filter }, 'PUT')
    const { segments } = await braze.segments.list()
    expect(segments).toMatchObject([{ name: 'anns', tags: [] }])
    const segment_id = segments[0]?.id ?? ''
    expect(await braze.segments.details({ segment_id })).toMatchObject({ name: 'anns', message: 'success' })
    const { data } = await braze.segments.analytics({ segment_id, length: 1 })
    expect(data).toMatchObject([{ size: 1 }])
  })

  it('keeps email addresses and subscription groups', async () => {
    expect(await braze.email.blacklist({ email: 'x@example.org' })).toEqual({ message: 'success' })
    expect(await braze.email.bounce.remove({ email: 'x@example.org' })).toEqual({ message: 'success' })
    expect(await braze.email.spam.remove({ email: ['x@example.org'] })).toEqual({ message: 'success' })
    const group = z
      .object({ id: z.string() })
      .parse(await post('/api/subscription-groups', { name: 'News', channel: 'email' }))
    const subscription_group_id = group.id
    expect(
      await braze.subscription.status.set({
        subscription_group_id,
        subscription_state: 'subscribed',
        external_id: ['ann'],
        email: ['ann@example.org'],
      }),
    ).toEqual({ message: 'success' })
    expect(await braze.subscription.status.get({ subscription_group_id, external_id: ['ann'] })).toEqual({
      status: { ann: 'Subscribed' },
      message: 'success',
    })
    const { users } = await braze.subscription.user.status({ external_id: 'ann' })
    expect(users).toMatchObject([{ external_id: 'ann', subscription_groups: [{ name: 'News' }] }])
  })

  it('is told what is not offered, and that its key is wrong, as errors of its own', async () => {
    await expect(braze.campaigns.list()).rejects.toMatchObject({
      status: 501,
      message: 'GET /campaigns/list (campaigns.list) is not offered by Muster',
    })
    const stranger = new Braze(address, 'stranger')
    await expect(stranger.users.track({ attributes: [] })).rejects.toMatchObject({
      status: 401,
      message: expect.stringMatching(/^Invalid API key/),
    })
    await expect(braze.users.track({})).rejects.toMatchObject({
      status: 400,
      message: "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
    })
  })
})
