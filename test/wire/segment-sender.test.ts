import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'

interface AudienceEvent {
  readonly audience: { readonly id: string; readonly name: string }
  readonly userId?: string
  readonly deviceId?: string
  readonly alias?: { readonly alias_label: string; readonly alias_name: string }
  readonly entered: boolean
}

/**
 * What an open-source cohort sender of a customer data platform does, made again in small (reference braze.md A.6): tries
 * its secret with an import into a cohort that nobody named, names each audience once and remembers that it has, and
 * sends all three kinds of id, mostly empty, additions and removals in one request.
 */
function createSender(endpoint: string, keys: { readonly partnerKey: string; readonly secret: string }) {
  const named = new Set<string>()
  const post = async (path: string, body: object): Promise<number> => {
    const response = await fetch(`${endpoint}/partners/segment${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_secret: keys.secret, partner_api_key: keys.partnerKey, ...body }),
    })
    expect(await response.json()).toHaveProperty('message')
    return response.status
  }
  const changeOf = (events: readonly AudienceEvent[], entered: boolean): object[] => {
    const of = events.filter((event) => event.entered === entered)
    if (of.length === 0) return []
    return [
      {
        user_ids: of.flatMap(({ userId }) => userId ?? []),
        device_ids: of.flatMap(({ deviceId }) => deviceId ?? []),
        aliases: of.flatMap(({ alias }) => alias ?? []),
        ...(entered ? {} : { should_remove: true }),
      },
    ]
  }
  return {
    testAuthentication: () =>
      post('/cohorts/users', { cohort_id: 'will_add_in_constant', cohort_changes: [] }),
    sync: async (events: readonly AudienceEvent[]): Promise<number> => {
      const { audience } = events[0] ?? { audience: { id: '', name: '' } }
      if (!named.has(audience.id)) {
        const created_at = new Date().toISOString()
        const status = await post('/cohorts', { cohort_id: audience.id, name: audience.name, created_at })
        if (status !== 201) return status
        named.add(audience.id)
      }
      const changes = [...changeOf(events, true), ...changeOf(events, false)]
      return post('/cohorts/users', { cohort_id: audience.id, cohort_changes: changes })
    },
  }
}

describe('a sender as customer data platforms have them', () => {
  let muster: MusterProcess
  let address: string
  let keys: { partnerKey: string; secret: string }
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    const made = z
      .object({ partner_api_key: z.string(), data_import_key: z.string() })
      .parse(await send('/api/partners/segment/keys', {}))
    keys = { partnerKey: made.partner_api_key, secret: made.data_import_key }
    const { api_key: key } = z.object({ api_key: z.string() }).parse(await send('/api/rest-keys', {}))
    const rest = { authorization: `Bearer ${key}` }
    await send('/users/track', { attributes: [{ external_id: 'ann' }, { external_id: 'bob' }] }, rest)
    await send('/users/alias/new', { user_aliases: [{ alias_label: 'crm', alias_name: '7' }] }, rest)
    await send('/sdk/session', { device_id: 'd-1' }, rest)
  })
  afterAll(() => muster.close())

  const send = async (path: string, body: object, headers = {}): Promise<unknown> => {
    const response = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    expect(response.ok).toBe(true)
    return response.json()
  }
  const members = async (cohortId: string): Promise<number> => {
    const response = await fetch(`${address}/api/cohorts/segment/${cohortId}`)
    return z.object({ members: z.int() }).parse(await response.json()).members
  }
  const audience = { id: 'aud_1', name: 'Audience one' }

  it('tells a good secret from a bad one by an import into a cohort that does not exist', async () => {
    expect(await createSender(address, keys).testAuthentication()).toBe(201)
    expect(await createSender(address, { ...keys, secret: 'bad' }).testAuthentication()).toBe(401)
  })

  it('keeps a cohort by events of who entered and who left', async () => {
    const sender = createSender(address, keys)
    const crm = { alias_label: 'crm', alias_name: '7' }
    const entered = (one: object): AudienceEvent => ({ audience, entered: true, ...one })
    const left = (one: object): AudienceEvent => ({ audience, entered: false, ...one })
    const all = [entered({ userId: 'ann' }), entered({ alias: crm }), entered({ deviceId: 'd-1' })]
    expect(await sender.sync(all)).toBe(201)
    expect(await members('aud_1')).toBe(3)
    expect(
      await sender.sync([entered({ userId: 'bob' }), left({ userId: 'ann' }), left({ alias: crm })]),
    ).toBe(201)
    expect(await members('aud_1')).toBe(2)
    // After a restart it knows of no name and sends it again; a retry sends the same changes again.
    const again = createSender(address, keys)
    expect(await again.sync([entered({ userId: 'bob' }), left({ userId: 'ann' })])).toBe(201)
    expect(await members('aud_1')).toBe(2)
  })
})
