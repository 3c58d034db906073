import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const people = (from: number, to: number): Customer[] =>
  Array.from({ length: to - from }, (_, n) => ({
    id: from + n,
    external_id: `c${from + n}`,
    crm: null,
    device: null,
  }))

describe('a sync that tries its first changes', () => {
  let harness: SyncHarness
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    harness = await startSyncHarness({ clock: () => Date.now() + ahead })
  })
  afterEach(() => harness.close())

  const define = (change: object = {}): Promise<unknown> =>
    harness.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 1 }, canary: { first: 10 }, ...change },
      dryRun: false,
    })
  const sentSizes = (): number[] =>
    harness.remote.seen.flatMap(({ add, remove }) => {
      const size = add.length + remove.length
      return size > 0 ? [size] : []
    })
  /** Refuses whoever has an even number. */
  const refuseHalf = (): void => {
    harness.remote.refuse = (identifier) => /[02468]$/.test('value' in identifier ? identifier.value : '')
  }
  const standing = async () => {
    const state = (await harness.sync.sync('people')).state
    return { accepted: state?.members, far: harness.members().length }
  }

  it('sends them alone and goes on by itself when they are good', async () => {
    await define()
    await harness.customers(people(0, 2_500))
    const run = await harness.go()
    expect(run).toMatchObject({
      status: 'done',
      sums: { planned: 2_500, accepted: 2_500, rejected: 0, pending: 0 },
      canary: {
        steps: [{ removed: 0, added: 10 }],
        checks: [{ verdict: 'passed', accepted: 10, rejected: 0, matched: null }],
      },
    })
    expect(sentSizes()[0]).toBe(10)
    expect(sentSizes().slice(1).sort()).toEqual([1_000, 490, 1_000].sort())
  })

  it('tries removals and additions before the others of either', async () => {
    await define()
    await harness.customers(people(0, 100))
    await harness.go()
    harness.remote.seen.length = 0
    await harness.customers(people(50, 150))
    expect(await harness.go()).toMatchObject({
      status: 'done',
      canary: { steps: [{ removed: 10, added: 10 }], checks: [{ verdict: 'passed', accepted: 20 }] },
    })
    const kinds = harness.remote.seen.map(({ add, remove }) => [remove.length, add.length])
    expect(kinds).toEqual([
      [10, 0],
      [0, 10],
      [40, 0],
      [0, 40],
    ])
  })

  describe('and finds them bad', () => {
    beforeEach(async () => {
      await define()
      await harness.customers(people(0, 120))
      refuseHalf()
    })

    it('waits: what was sent is in the state, the others are pending, and nothing else is begun', async () => {
      const run = await harness.go()
      const { accepted, rejected, pending } = run.sums
      expect(run).toMatchObject({
        status: 'held',
        message: expect.stringMatching(
          /^held by its canary: \d of the first 10 changes were rejected \(\d0%\); at most 1% are allowed/,
        ),
        hint: expect.stringContaining(`muster release ${run.id}`),
        cause: { code: 'canary' },
      })
      expect(accepted + rejected).toBe(10)
      expect(pending).toBe(110)
      expect(await standing()).toEqual({ accepted, far: accepted })
      for (const applies of [true, false]) {
        await expect(harness.sync.begin('people', applies)).rejects.toMatchObject({
          code: 'canary_held',
          hint: expect.stringContaining(`muster cancel ${run.id}`),
        })
      }
      await expect(harness.sync.apply(String(run.id), { release: false })).rejects.toMatchObject({
        code: 'held',
      })
    })

    it('goes on when a person releases it, also in another process', async () => {
      const run = await harness.go()
      await harness.sync.close()
      harness.sync = harness.open()
      const done = await harness.apply(run, true)
      expect(done).toMatchObject({
        status: 'done',
        sums: { planned: 120, accepted: 60, rejected: 60, pending: 0 },
        canary: { checks: [{ verdict: 'released' }] },
      })
      expect(await standing()).toEqual({ accepted: 60, far: 60 })
      harness.remote.refuse = () => false
      expect(await harness.go()).toMatchObject({
        status: 'done',
        plan: { counts: { added: 60, unchanged: 60 } },
      })
    })

    it('drops the others when a person cancels it; the next plan takes them up, and an undo takes back what was sent', async () => {
      const run = await harness.go()
      const { accepted } = run.sums
      expect(await harness.sync.cancel(String(run.id))).toMatchObject({
        status: 'cancelled',
        message: `${accepted} of 120 changes accepted, 110 pending; ${10 - accepted} were rejected`,
        sums: { accepted, pending: 110 },
      })
      expect((await harness.go('plan')).plan?.counts).toMatchObject({
        added: 120 - accepted,
        unchanged: accepted,
      })
      const undo = await harness.sync.undo(String(run.id), true)
      expect(await harness.sync.run(String(undo.id), 60_000)).toMatchObject({
        status: 'done',
        sums: { accepted },
      })
      expect(await standing()).toEqual({ accepted: 0, far: 0 })
    })

    it('is begun by no schedule until then, and by it afterwards', async () => {
      await define({ schedule: { every: '1h' } })
      const run = await harness.go()
      expect(run.status).toBe('held')
      ahead = 3_600_001
      harness.sync.start()
      // The schedule looks every second: another sync that is due shows that it has looked.
      const witness = { ...definitions.sync, cohort: { create: 'Witness' }, schedule: { every: '1h' } }
      await harness.sync.putSync({ name: 'witness', body: witness, dryRun: false })
      ahead = 2 * 3_600_002
      const runsOf = (sync: string) => harness.sync.runs({ sync, limit: 10 })
      await expect.poll(async () => (await runsOf('witness')).length, { timeout: 15_000 }).toBe(1)
      expect(await runsOf('people')).toHaveLength(1)
      harness.remote.refuse = () => false
      await harness.sync.cancel(String(run.id))
      await expect.poll(async () => (await runsOf('people'))[0]?.status, { timeout: 15_000 }).toBe('done')
      expect(harness.members().length).toBeGreaterThanOrEqual(120)
    })
  })

  it('leaves nobody outside who changes the identifier, however it ends', async () => {
    await define({ canary: undefined })
    const moving = (renamed: boolean): Customer[] =>
      Array.from({ length: 200 }, (_, id) => ({
        id,
        external_id: renamed ? `c${id}` : null,
        crm: `k${id}`,
        device: null,
      }))
    await harness.customers(moving(false))
    await harness.go()
    await define()
    await harness.customers([...moving(true), ...people(1_000, 1_050)])
    refuseHalf()
    const run = await harness.go()
    expect(run).toMatchObject({ status: 'held', canary: { steps: [{ removed: 10, added: 10 }] } })
    const far = new Set(harness.members())
    const names = ({ id }: Customer): string[] => [
      formatIdentifier({ kind: 'external_id', value: `c${id}` }),
      formatIdentifier({ kind: 'alias', label: 'crm', name: `k${id}` }),
    ]
    const outside = moving(true).filter((one) => !names(one).some((name) => far.has(name)))
    // Whoever was refused under the new identifier is the destination's choice; of the others none is outside.
    expect(outside.filter(({ id }) => id % 2 === 1)).toEqual([])
    harness.remote.refuse = () => false
    await harness.sync.cancel(String(run.id))
    expect(await harness.go()).toMatchObject({ status: 'done' })
    expect(harness.members()).toHaveLength(250)
  })

  it('tries each operation in its turn where several rows named the same, and nobody knows which changes belong together', async () => {
    await define({ canary: undefined })
    const twice = people(0, 100).map((one) => ({ ...one, id: one.id + 1_000 }))
    await harness.customers([...people(0, 100), ...twice])
    await harness.go()
    await define()
    harness.remote.seen.length = 0
    await harness.customers(people(50, 150))
    const run = await harness.go()
    expect(run).toMatchObject({
      status: 'done',
      canary: {
        steps: [
          { removed: 10, added: 0 },
          { removed: 50, added: 10 },
        ],
        checks: [
          { verdict: 'passed', accepted: 10 },
          { verdict: 'passed', accepted: 10 },
        ],
      },
    })
    expect(harness.remote.seen.map(({ add, remove }) => [remove.length, add.length])).toEqual([
      [10, 0],
      [40, 0],
      [0, 10],
      [0, 40],
    ])
    harness.remote.seen.length = 0
    await harness.customers(people(100, 200))
    expect(await harness.go()).toMatchObject({ canary: { steps: [{ removed: 10, added: 10 }] } })
  })

  it('waits when it is asked to look into the cohort and nobody tells', async () => {
    await define({ canary: { first: 10, min_matched: 0.9 } })
    await harness.customers(people(0, 50))
    expect(await harness.go()).toMatchObject({
      status: 'held',
      message: expect.stringContaining('the destination tells nobody who is in the cohort'),
      sums: { accepted: 10, pending: 40 },
    })
  })

  it('tries as many as a run or a plan is begun with, and refuses it where they were sent', async () => {
    await define({ canary: undefined })
    await harness.customers(people(0, 50))
    const begun = await harness.sync.begin('people', true, { canaryFirst: 7 })
    const run = await harness.sync.run(String(begun.id), 60_000)
    expect(run).toMatchObject({
      status: 'done',
      canary: { steps: [{ added: 7 }], checks: [{ verdict: 'passed' }] },
    })
    await harness.customers(people(0, 100))
    const plan = await harness.go('plan')
    const applied = await harness.sync.apply(String(plan.id), { release: false, canaryFirst: 5 })
    expect(await harness.sync.run(String(applied.id), 60_000)).toMatchObject({
      status: 'done',
      canary: { steps: [{ added: 5 }], checks: [{ verdict: 'passed' }] },
    })
    await define()
    await harness.customers(people(0, 200))
    refuseHalf()
    const held = await harness.go()
    await expect(
      harness.sync.apply(String(held.id), { release: true, canaryFirst: 5 }),
    ).rejects.toMatchObject({ code: 'no_canary' })
  })

  it('ends as incomplete when the sync is turned to another cohort meanwhile, and its ledger stays', async () => {
    await define()
    await harness.customers(people(0, 50))
    refuseHalf()
    const held = await harness.go()
    harness.remote.refuse = () => false
    await define({ canary: undefined, cohort: { existing: 'another' } })
    expect(await harness.go()).toMatchObject({ status: 'done', sums: { accepted: 50 } })
    expect(await harness.sync.run(String(held.id), 0)).toMatchObject({ status: 'incomplete' })
    await harness.sync.writeLedgers()
    expect((await harness.sync.changes(String(held.id), { from: 0, limit: 100 })).changes).toHaveLength(50)
  })
})

describe('a canary of a cohort that can be read', () => {
  let muster: MusterProcess
  let address: string
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    const Keys = z.object({
      rest_endpoint: z.string(),
      partner_api_key: z.string(),
      data_import_key: z.string(),
    })
    const { rest_endpoint: _, ...secrets } = Keys.parse(
      await muster.ask('keys', 'create', '--partner', 'hightouch'),
    )
    const { api_key } = z.object({ api_key: z.string() }).parse(await muster.ask('keys', 'create', '--rest'))
    const attributes = Array.from({ length: 50 }, (_, n) => ({ external_id: `known-${n}` }))
    await send('POST', '/users/track', { attributes }, { authorization: `Bearer ${api_key}` })
    const path = join(muster.directory, 'shop.duckdb')
    await write(path, "select i as id, 'known-' || i as external_id from range(50) as r (i)")
    await send('PUT', '/api/sources/shop', { type: 'duckdb', config: { path } })
    await send('PUT', '/api/models/people', { source: 'shop', sql: 'from customers', key: 'id' })
    const config = { rest_endpoint: address, ...secrets }
    await send('PUT', '/api/destinations/braze', { type: 'braze-cohorts', config })
  })
  afterAll(() => muster.close())

  async function send(method: string, path: string, body: object, headers: object = {}): Promise<void> {
    const response = await fetch(address + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    expect([path, response.status < 300, await response.text()]).toEqual([path, true, expect.any(String)])
  }
  const define = (name: string, canary: object): Promise<void> =>
    send('PUT', `/api/syncs/${name}`, {
      model: 'people',
      destination: 'braze',
      identifiers: [{ external_id: 'external_id' }],
      cohort: { create: name },
      canary,
    })

  it('finds them in it, and goes on', async () => {
    await define('good', { first: 5, min_matched: '100%' })
    const { code, out } = await muster.run('run', 'good')
    expect(out).toContain(
      'The first 0 removals and 5 additions went alone: 5 accepted, 0 rejected, 5 of 5 in the cohort.',
    )
    expect(code).toBe(0)
  })

  it('finds that the far end knows nobody of them, and waits with exit code 4', async () => {
    await define('bad', { first: 5, min_matched: '80%' })
    const sql = "select id, 'mistaken-' || id as external_id from customers"
    await send('PUT', '/api/models/people', { source: 'shop', sql, key: 'id' })
    const planned = await muster.run('plan', 'bad')
    expect(planned.out).toContain(
      'The first 5 of each operation go alone; the others when at most 1% of them are rejected, and at least 80% of the additions are in the cohort.',
    )
    const { code, out } = await muster.run('run', 'bad')
    expect(out).toContain(
      'Held by its canary: 0 of the first 5 accepted additions are in the cohort (0%); at least 80% are expected; 5 of 50 changes accepted, 45 pending.',
    )
    expect(code).toBe(4)
    const again = await muster.run('run', 'bad')
    expect([again.code, again.error]).toEqual([1, expect.stringContaining('is held by its canary')])
    const released = await muster.run('apply', 'bad', '--release')
    expect(released.out).toContain('50 planned = 50 accepted + 0 rejected + 0 pending')
  })
})

async function write(path: string, query: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(`create or replace table customers as ${query}`)
  connection.closeSync()
  instance.closeSync()
}
