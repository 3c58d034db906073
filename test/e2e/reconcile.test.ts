import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'
import { startSyncHarness } from './sync-harness.ts'

const Keys = z.object({ rest_endpoint: z.string(), partner_api_key: z.string(), data_import_key: z.string() })

describe('reconciling a cohort that can be read, of the engage half,', () => {
  let muster: MusterProcess
  let address: string
  let keys: z.output<typeof Keys>
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    keys = Keys.parse(await muster.ask('keys', 'create', '--partner', 'hightouch'))
    const { api_key } = z.object({ api_key: z.string() }).parse(await muster.ask('keys', 'create', '--rest'))
    const authorization = `Bearer ${api_key}`
    const attributes = ['ann', 'bob', 'cleo', 'dan'].map((external_id) => ({ external_id }))
    await send('POST', '/users/track', { attributes }, { authorization })
    const user_aliases = [{ external_id: 'cleo', alias_label: 'crm', alias_name: 'C-1' }]
    await send('POST', '/users/alias/new', { user_aliases }, { authorization })
    const path = join(muster.directory, 'shop.duckdb')
    await writeShop(path)
    await send('PUT', '/api/sources/shop', { type: 'duckdb', config: { path } })
    const sql = 'select id, external_id, crm from customers'
    await send('PUT', '/api/models/people', { source: 'shop', sql, key: 'id' })
    const { rest_endpoint: _, ...secrets } = keys
    const config = { rest_endpoint: address, ...secrets }
    await send('PUT', '/api/destinations/braze', { type: 'braze-cohorts', config })
    const identifiers = [{ external_id: 'external_id' }, { alias: { label: 'crm', name: 'crm' } }]
    const sync = { model: 'people', destination: 'braze', identifiers, cohort: { existing: 'c1' } }
    await send('PUT', '/api/syncs/people', { ...sync, guards: { max_removed: '100%' } })
    await send('POST', '/partners/hightouch/cohorts', {
      partner_api_key: keys.partner_api_key,
      client_secret: keys.data_import_key,
      cohort_id: 'c1',
      name: 'People',
      created_at: '2026-11-24T00:00:00Z',
    })
    expect(await muster.ask('run', 'people')).toMatchObject({ status: 'done' })
    expect(await members()).toEqual(['ann', 'bob', 'cleo'])
  })
  afterAll(() => muster.close())

  async function send(
    method: string,
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const response = await fetch(address + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    expect([path, response.status, answer]).toEqual([
      path,
      expect.toSatisfy((status: number) => status < 300),
      answer,
    ])
    return answer
  }

  const entered = (ids: readonly string[], remove: boolean): Promise<unknown> =>
    send('POST', '/partners/hightouch/cohorts/users', {
      partner_api_key: keys.partner_api_key,
      client_secret: keys.data_import_key,
      cohort_id: 'c1',
      cohort_changes: [{ user_ids: ids, device_ids: [], aliases: [], should_remove: remove }],
    })

  async function members(): Promise<(string | null)[]> {
    const Answer = z.object({ members: z.array(z.object({ external_id: z.string().nullable() })) })
    const answer = Answer.parse(
      await send('POST', '/partners/hightouch/cohorts/members', {
        partner_api_key: keys.partner_api_key,
        client_secret: keys.data_import_key,
        cohort_id: 'c1',
      }),
    )
    return answer.members.map(({ external_id }) => external_id).sort()
  }

  it('adds who was lost there and removes who came in otherwise', async () => {
    await entered(['ann'], true)
    await entered(['dan'], false)
    expect(await muster.ask('reconcile', 'people', '--plan')).toMatchObject({
      added: 1,
      removed: 1,
      unchanged: 2,
    })
    expect(await members()).toEqual(['bob', 'cleo', 'dan'])
    const done = await muster.run('reconcile', 'people')
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringContaining('Compared with who is in the cohort at the destination.'),
    })
    expect(await members()).toEqual(['ann', 'bob', 'cleo'])
    expect(await muster.ask('plan', 'people')).toMatchObject({ verdict: 'empty', unchanged: 3 })
  })

  it('goes on after the record of what was accepted is lost, sends nothing for those who are there, and removes strangers', async () => {
    await entered(['dan'], false)
    const folders = await readdir(join(muster.directory, 'sync'))
    for (const folder of folders)
      await rm(join(muster.directory, 'sync', folder, 'state'), { recursive: true, force: true })
    const failed = await muster.run('run', 'people')
    expect(failed).toMatchObject({ code: 1, error: '' })
    expect(failed.out).toContain('muster reconcile')
    expect(await muster.ask('reconcile', 'people', '--plan')).toMatchObject({
      added: 0,
      removed: 1,
      unchanged: 3,
    })
    expect(await muster.ask('reconcile', 'people')).toMatchObject({ status: 'done' })
    expect(await members()).toEqual(['ann', 'bob', 'cleo'])
    expect(await muster.ask('plan', 'people')).toMatchObject({ verdict: 'empty', unchanged: 3 })
  })
})

describe('reconciling a cohort that nobody can read', () => {
  it('sends everything that is desired once more, and says so', async () => {
    const half = await startSyncHarness()
    await half.customers(
      ['ann', 'bob'].map((external_id, id) => ({ id, external_id, crm: null, device: null })),
    )
    await half.go()
    half.remote.cohorts.values().next().value?.members.clear()
    const begun = await half.sync.begin('people', false, { kind: 'reconcile' })
    const planned = await half.sync.run(String(begun.id), 60_000)
    expect(planned).toMatchObject({
      status: 'planned',
      message: expect.stringContaining(
        'tells nobody who is in the cohort: all that is desired is sent again',
      ),
      plan: { counts: { added: 2, removed: 0 } },
    })
    expect(await half.apply(planned)).toMatchObject({ status: 'done' })
    expect(half.members()).toEqual(['ann', 'bob'])
    await half.close()
  })

  it('removes nobody after the record of what was accepted is lost', async () => {
    const half = await startSyncHarness()
    await half.customers(
      ['ann', 'bob'].map((external_id, id) => ({ id, external_id, crm: null, device: null })),
    )
    await half.go()
    await half.customers([{ id: 1, external_id: 'bob', crm: null, device: null }])
    const { id } = await half.sync.sync('people')
    await rm(join(half.directory, 'sync', String(id), 'state'), { recursive: true })
    expect(await half.go()).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('muster reconcile'),
    })
    const begun = await half.sync.begin('people', true, { kind: 'reconcile' })
    expect(await half.sync.run(String(begun.id), 60_000)).toMatchObject({ status: 'done' })
    expect(half.members()).toEqual(['ann', 'bob'])
    expect((await half.go('plan')).plan?.counts).toMatchObject({ unchanged: 1, added: 0, removed: 0 })
    await half.close()
  })
})

async function writeShop(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(`create table customers as
    select * from (values (1, 'ann', null), (2, 'bob', null), (3, null, 'C-1')) as c (id, external_id, crm)`)
  connection.closeSync()
  instance.closeSync()
}
