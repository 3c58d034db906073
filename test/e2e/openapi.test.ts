import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reportedFates } from '@muster/core/braze/cohort-routes.ts'
import { brazeInventory, notOfferedMessage, templated } from '@muster/core/braze/inventory.ts'
import { fates } from '@muster/core/engage/membership.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Call, type DescribedServer, describedServer } from './described-server.ts'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const Keys = z.object({ partner_api_key: z.string(), data_import_key: z.string() })

describe('the OpenAPI document', () => {
  let muster: MusterProcess
  let server: DescribedServer
  let address: string
  const called = new Set<string>()
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    server = await describedServer(address)
  })
  afterAll(() => muster.close())

  /** Calls an operation, which must succeed. */
  const done = async (id: string, call: Call = {}): Promise<unknown> => {
    called.add(id)
    const { status, body } = await server.call(id, call)
    expect(`${id} ${status}`, JSON.stringify(body)).toMatch(/ 20[012]$/)
    return body
  }
  let restKey: string
  /** Calls an operation of Braze's with a REST key. */
  const rest = (id: string, body?: unknown): Promise<unknown> =>
    done(`braze_${id}`, { body, headers: { authorization: `Bearer ${restKey}` } })

  const get = (id: string, query: string): Promise<unknown> =>
    done(`braze_${id}`, { query, headers: { authorization: `Bearer ${restKey}` } })

  it('describes what the engagement half answers', async () => {
    const hightouch = { params: { slug: 'hightouch' } }
    const keys = Keys.parse(await done('createPartnerKeys', { ...hightouch, body: { name: 'first' } }))
    const secrets = { partner_api_key: keys.partner_api_key, client_secret: keys.data_import_key }
    await done('createPartnerKey', { ...hightouch, body: {} })
    const second = z
      .object({ info: z.object({ id: z.string() }) })
      .parse(await done('createDataImportKey', { ...hightouch, body: {} }))
    await done('invalidateKey', { params: { id: second.info.id } })
    await done('enablePartner', { params: { slug: 'census' } })
    await done('listPartners')
    await done('getPartner', hightouch)
    restKey = z.object({ api_key: z.string() }).parse(await done('createRestKey', { body: {} })).api_key
    await done('listRestKeys')

    const time = '2026-11-01T10:00:00Z'
    await rest('trackUsers', {
      attributes: [
        { external_id: 'ann', first_name: 'Ann', country: 'ES', pets: [{ name: 'Rex' }] },
        { external_id: 'x'.repeat(988) },
      ],
      events: [{ external_id: 'ann', name: 'opened', time, properties: { deep: { er: [1] } } }],
      purchases: [{ external_id: 'ann', product_id: 'p', currency: 'EUR', price: 1.5, time }],
    })
    await rest('addAliases', { user_aliases: [{ external_id: 'ann', alias_label: 'crm', alias_name: '1' }] })
    await rest('openSessions', { device_id: 'd-1' })

    const partner = { params: { partner: 'hightouch' } }
    const cohort = { ...secrets, cohort_id: 'c' }
    await done('braze_nameCohort', { ...partner, body: { ...cohort, name: 'Cohort', created_at: time } })
    const changes = [{ user_ids: ['ann', 'nobody'], device_ids: ['d-1'] }]
    await done('braze_changeCohort', { ...partner, body: { ...cohort, cohort_changes: changes } })
    const headers = { 'x-muster-report': '1', 'idempotency-key': 'k' }
    await done('braze_changeCohort', { ...partner, headers, body: { ...cohort, cohort_changes: changes } })
    await done('braze_listOwnCohorts', { ...partner, body: secrets })
    await done('braze_getOwnCohort', { ...partner, body: cohort })
    await done('braze_listOwnMembers', { ...partner, body: cohort })
    await done('listCohorts')
    await done('getCohort', { params: { partner: 'hightouch', cohort_id: 'c' } })
    await done('listCohortMembers', { params: { partner: 'hightouch', cohort_id: 'c' } })
    const [first] = z.array(z.object({ id: z.string() })).parse(await done('listImports'))
    await done('getImport', { params: { id: first?.id ?? '' } })
    await done('replayImport', { params: { id: first?.id ?? '' } })
    const named = { params: { partner: 'hightouch', cohort_id: 'c' } }
    await done('changeCohort', { ...named, body: { name: 'Other', keeps_unknown: true } })
    await done('listCohortMembersAt', { ...named, query: `?at=${new Date().toISOString()}` })
    await done('listCohortChanges', named)
    await done('getCohortGrowth', { ...named, query: '?unit=hour&steps=3' })
    await done('braze_nameCohort', {
      ...partner,
      body: { ...cohort, cohort_id: 'd', name: 'D', created_at: time },
    })
    await done('deleteCohort', { params: { partner: 'hightouch', cohort_id: 'd' } })
    await done('countUsers')
    await done('getUser', { query: '?user=ann' })
  })

  it('describes what Braze’s user endpoints answer', async () => {
    const alias = (name: string) => ({ alias_label: 'crm', alias_name: name })
    const users = ['bob', 'cleo', 'dan', 'eve'].map((external_id) => ({ external_id }))
    await rest('trackUsers', { attributes: [...users, { external_id: 'fay', email: 'fay@example.org' }] })
    await rest('addAliases', { user_aliases: [alias('2'), { ...alias('3'), external_id: 'dan' }] })
    await rest('updateAliases', {
      alias_updates: [
        { alias_label: 'crm', old_alias_name: '3', new_alias_name: '4' },
        { alias_label: 7, old_alias_name: null, new_alias_name: '4' },
      ],
    })
    await rest('identifyUsers', {
      aliases_to_identify: [{ external_id: 'gil', user_alias: alias('2') }],
      emails_to_identify: [
        {
          external_id: 'fay',
          email: 'fay@example.org',
          prioritization: ['identified', 'most_recently_updated'],
        },
      ],
    })
    await rest('mergeUsers', {
      merge_updates: [
        { identifier_to_merge: { external_id: 'bob' }, identifier_to_keep: { external_id: 'cleo' } },
      ],
    })
    const renames = [
      { current_external_id: 'dan', new_external_id: 'daniel' },
      { current_external_id: 'nobody', new_external_id: 'somebody' },
    ]
    await rest('renameExternalIds', { external_id_renames: renames })
    await rest('removeExternalIds', { external_ids: ['dan', 'nobody'] })
    await rest('exportUsers', { external_ids: ['ann', 'fay', 'nobody'], user_aliases: [alias('2')] })
    await rest('exportUsers', { external_ids: ['ann'], fields_to_export: ['external_id', 'purchases'] })
    await rest('setEmailStatus', { email: 'fay@example.org', subscription_state: 'unsubscribed' })
    await get('listUnsubscribes', '?email=fay@example.org')
    await get('listHardBounces', '?start_date=2026-01-01&end_date=2036-01-01')
    for (const id of ['blocklistEmails', 'blacklistEmails', 'removeBounces', 'removeSpam']) {
      await rest(id, { email: ['fay@example.org'] })
    }
    const made = await done('createSubscriptionGroup', { body: { name: 'News', channel: 'email' } })
    const { id: group } = z.object({ id: z.string() }).parse(made)
    await done('listSubscriptionGroups')
    const subscription = {
      subscription_group_id: group,
      subscription_state: 'subscribed',
      external_id: ['ann', 'fay'],
    }
    await rest('setSubscription', subscription)
    await rest('setSubscriptions', { subscription_groups: [subscription] })
    await get('getSubscription', `?subscription_group_id=${group}&external_id=ann`)
    await get('listSubscriptions', '?external_id[]=ann&external_id[]=fay')
    await rest('deleteUsers', { external_ids: ['eve', 'nobody'] })
  })

  it('describes what segments, campaigns and Canvases answer', async () => {
    const one = { params: { name: 'one' } }
    const filter = {
      kind: 'all',
      of: [
        { kind: 'cohort', partner: 'hightouch', cohort_id: 'c', operator: 'includes' },
        { kind: 'any', of: [{ kind: 'field', field: 'country', operator: 'equals', value: 'ES' }] },
      ],
    }
    await done('putSegment', { ...one, body: { filter } })
    await done('listSegments')
    await done('getSegment', one)
    await done('sizeSegment', one)
    await done('lookUpInSegment', { ...one, query: '?user=ann' })
    const message = { channel: 'inbox', subject: 'Hello', body: 'Hello {{${first_name}}}' }
    await done('putCampaign', { ...one, body: { title: 'One', segment: 'one', message } })
    await done('sendCampaign', one)
    await done('listCampaigns')
    await done('getCampaign', one)
    const steps = [
      { kind: 'message', id: 'hello', message },
      { kind: 'delay', id: 'wait', for: '1h' },
    ]
    await done('putCanvas', { ...one, body: { title: 'One', segment: 'one', steps } })
    await done('launchCanvas', one)
    await done('listCanvases')
    await done('getCanvas', one)
    await done('listInbox')
    const listed = z.object({ segments: z.array(z.object({ id: z.string() })) })
    const [segment] = listed.parse(await get('listSegments', '?page=0')).segments
    await get('getSegment', `?segment_id=${segment?.id}`)
    await get('readSegmentSeries', `?segment_id=${segment?.id}&length=7`)
    const body = { segment_id: segment?.id, fields_to_export: ['external_id'] }
    const { url } = z.object({ url: z.url() }).parse(await rest('exportSegment', body))
    const { pathname, search } = new URL(url)
    const file = { params: { file: pathname.split('/').at(-1) ?? '' }, query: search }
    expect(await done('braze_readExport', file)).toMatch(/^PK/)
    await done('getUserStory', { query: '?user=ann' })
  })

  it('describes what the sync half answers', async () => {
    const file = join(muster.directory, '..', 'people.csv')
    await writeFile(file, 'id,external_id\n1,ann\n2,bob\n')
    const shop = { params: { name: 'shop' } }
    await done('putSource', { ...shop, body: { type: 'csv', config: { path: file } } })
    await done('checkSource', shop)
    await done('listSources')
    await done('putModel', { ...shop, body: { source: 'shop', sql: 'select * from rows', key: 'id' } })
    await done('previewModel', shop)
    await done('listModels')
    const keys = Keys.parse(await done('createPartnerKeys', { params: { slug: 'hightouch' }, body: {} }))
    const config = { rest_endpoint: address, partner: 'hightouch', ...keys }
    await done('putDestination', { ...shop, body: { type: 'braze-cohorts', config } })
    await done('checkDestination', shop)
    await done('listDestinations')
    const sync = { model: 'shop', destination: 'shop', identifiers: [{ external_id: 'external_id' }] }
    await done('putSync', { ...shop, body: { ...sync, cohort: { create: 'Shop' } } })
    await done('listSyncs')
    const Run = z.object({ id: z.string(), status: z.string() })
    const planned = Run.parse(await done('planSync', shop))
    await done('getRun', { params: planned, query: '?wait=10' })
    await done('applyRun', { params: planned, body: {} })
    await done('getRun', { params: planned, query: '?wait=10' })
    const run = Run.parse(await done('runSync', shop))
    await done('getRun', { params: run, query: '?wait=10' })
    await done('getSync', shop)
    await done('listRuns')
    await done('listRequests', { params: planned })
    await done('getSyncStories', { body: { identifiers: [{ kind: 'external_id', value: 'ann' }] } })
    for (const id of ['deleteSync', 'deleteModel', 'deleteSource', 'deleteDestination']) {
      await done(id, { ...shop, query: '?dry_run=true' })
      await done(id, shop)
    }
  })

  it('knows every fate of an imported id', () => {
    expect(reportedFates).toEqual(fates)
  })

  it('describes the success of every operation that is offered', () => {
    const silent = server.operations.filter(({ offered, succeeds }) => offered && !succeeds)
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  it('names every operation once', () => {
    const ids = server.operations.map(({ id }) => id)
    expect(ids.length).toBe(new Set(ids).size)
  })

  it('describes the rest, and what every operation answers to a request that is wrong', async () => {
    for (const id of ['getStatus', 'isAlive', 'isReady', 'readMetrics', 'readOpenApi', 'signOut'])
      await done(id)
    for (const { id, offered, method } of server.operations) {
      if (!offered || called.has(id)) continue
      const headers = { authorization: `Bearer ${restKey}` }
      const { status } = await server.call(id, method === 'GET' ? { headers } : { headers, body: {} })
      expect(`${id} ${status}`).not.toMatch(/ 5/)
    }
    for (const { id, offered, method } of server.operations.filter((one) => one.method !== 'GET')) {
      if (!offered) continue
      const { status } = await server.call(id, { body: [method] })
      expect(`${id} ${status}`).toMatch(/ (4..|200)$/)
    }
  })

  it('lists all of Braze’s surface; what is not offered says so to whoever has a key', async () => {
    const keyOf = (one: { method: string; path: string }): string => `${one.method} ${templated(one.path)}`
    const listed = new Map(server.operations.map((one) => [keyOf(one), one]))
    for (const operation of brazeInventory) {
      const one = listed.get(keyOf(operation))
      if (!one) throw new Error(`${keyOf(operation)} is not in the document`)
      if (one.offered) continue
      const headers = { authorization: `Bearer ${restKey}` }
      const answer = await server.call(one.id, { headers })
      expect(answer).toEqual({ status: 501, body: { message: notOfferedMessage(operation) } })
      expect((await server.call(one.id)).status).toBe(401)
    }
    expect(listed.get('POST /partners/{partner}/cohorts/users')?.offered).toBe(true)
    expect(listed.get('POST /users/track')?.offered).toBe(true)
    expect(listed.get('GET /sms/invalid_phone_numbers')?.offered).toBe(false)
  })

  it('is readable at /docs', async () => {
    const page = await fetch(`${address}/docs/`, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<html')
  })
})
