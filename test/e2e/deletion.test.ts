import { once } from 'node:events'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import {
  startWebhookReceiver,
  type WebhookReceiver,
} from '@muster/connectors/conformance/webhook-receiver.ts'
import type { Deletable } from '@muster/core/sync/deletion.ts'
import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Customer,
  definitions,
  postgresConfig,
  type SyncHarness,
  startSyncHarness,
} from './sync-harness.ts'

const people = (...ids: number[]): Customer[] =>
  ids.map((id) => ({ id, external_id: `c${id}`, crm: null, device: null }))

describe('deleting', () => {
  let half: SyncHarness
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    half = await startSyncHarness({ clock: () => Date.now() + ahead })
    await half.customers(people(1, 2, 3))
  })
  afterEach(() => half.close())

  const drop = (kind: Deletable, name: string, dryRun = false) =>
    half.sync.deleteNamed({ kind, name, dryRun })
  const define = (change: object = {}, name = 'people') =>
    half.sync.putSync({ name, body: { ...definitions.sync, ...change }, dryRun: false })
  const folders = async () =>
    (await readdir(join(half.directory, 'sync'))).filter((name) => /^\d+$/.test(name))
  const idOf = async (name = 'people') => (await half.sync.sync(name)).id
  const run = (statement: string) =>
    half.database.owner.rows<{ name: string }>({ strings: [statement], parts: [] })

  it('is refused while something uses it, and says what', async () => {
    const refused = (kind: Deletable, name: string) =>
      drop(kind, name).then(
        () => 'deleted',
        (error: { code: string; message: string }) => [error.code, error.message],
      )
    expect(await refused('source', 'shop')).toEqual(['in_use', 'the source shop is read by the model people'])
    expect(await refused('model', 'people')).toEqual([
      'in_use',
      'the model people is used by the sync people',
    ])
    expect(await refused('destination', 'braze')).toEqual([
      'in_use',
      'the destination braze is used by the sync people',
    ])
    await define({ cohort: { create: 'Then' }, schedule: { after: 'people' } }, 'then')
    expect(await refused('sync', 'people')).toEqual([
      'in_use',
      'the sync people is what the sync then runs after',
    ])
    expect(await refused('sync', 'nobody')).toEqual(['no_sync', 'there is no sync nobody'])
    expect(await refused('notifier', 'nobody')).toEqual(['no_notifier', 'there is no notifier nobody'])
  })

  it('takes everything away from what uses others to what is used', async () => {
    await half.go()
    for (const [kind, name] of [
      ['sync', 'people'],
      ['model', 'people'],
      ['source', 'shop'],
      ['destination', 'braze'],
    ] as const) {
      await drop(kind, name, true)
      await drop(kind, name)
      await expect(drop(kind, name)).rejects.toMatchObject({ kind: 'missing' })
    }
    expect(await half.sync.syncs()).toEqual([])
    expect(await half.sync.runs({ limit: 9 })).toEqual([])
    expect(await half.sync.sources()).toEqual([])
    expect(await half.sync.figures()).toEqual([])
  })

  it('of a sync sends nothing and says who stays; made again it begins from nothing', async () => {
    await half.go()
    const [before, requests] = [half.members(), half.remote.seen.length]
    expect(await drop('sync', 'people', true)).toMatchObject({ runs: 1, left: [] })
    const id = await idOf()
    expect(await drop('sync', 'people')).toMatchObject({
      runs: 1,
      left: [],
      sync: { state: { members: 3 }, definition: { destination: 'braze' } },
    })
    expect(half.remote.seen.length).toBe(requests)
    expect(half.members()).toEqual(before)
    expect(await folders()).toEqual([])

    await define()
    expect(await half.sync.sync('people')).toMatchObject({ state: null, lastRun: null })
    expect(await idOf()).toBeGreaterThan(id)
    await half.customers(people(2, 3, 4))
    expect(await half.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 0, added: 3 } } })
    expect(half.remote.cohorts.size).toBe(2)
    expect(await folders()).toEqual([String(await idOf())])
  })

  it.each(['mirror', 'add_only'])(
    'of a sync in the mode %s lets its members be taken out first, as people are told',
    async (mode) => {
      await define({ mode })
      await half.go()
      expect(half.members()).toHaveLength(3)
      const sql = `${definitions.model.sql} where false`
      await half.sync.putModel({ name: 'nobody', body: { ...definitions.model, sql }, dryRun: false })
      await define({ mode: 'mirror', model: 'nobody' })
      const held = await half.go()
      expect(held).toMatchObject({ status: 'held' })
      expect(await half.apply(held, true)).toMatchObject({ status: 'done' })
      expect(half.members()).toEqual([])
      expect(await drop('sync', 'people')).toMatchObject({ sync: { state: { members: 0 } } })
    },
  )

  it('is refused while a run has not ended, with the command that ends it', async () => {
    half.remote.faults.push({ kind: 'status', status: 429, headers: { 'retry-after': '600' } })
    const sending = await half.sync.begin('people', true)
    await expect.poll(() => half.remote.seen.length, { timeout: 20_000 }).toBe(1)
    const queued = await half.sync.begin('people', true)
    await expect(drop('sync', 'people')).rejects.toMatchObject({
      code: 'run_unfinished',
      message: `the sync people has a run that has not ended: run ${sending.id} is applying and run ${queued.id} is queued`,
      hint: `Cancel it first: muster cancel ${sending.id}, muster cancel ${queued.id}`,
    })
    await half.sync.cancel(String(queued.id))
    await half.sync.cancel(String(sending.id))
    await half.sync.run(String(sending.id), 20_000)
    await half.go()
    await half.customers(people(1))
    const held = await half.go()
    await expect(drop('sync', 'people')).rejects.toMatchObject({
      message: `the sync people has a run that has not ended: run ${held.id} is held`,
    })
    await half.sync.cancel(String(held.id))
    await half.customers(people(1, 2, 3, 4))
    await half.go('plan')
    expect(await drop('sync', 'people')).toMatchObject({ runs: 5 })
  })

  it('waits for a request that may still arrive', async () => {
    await half.go()
    await half.database.owner.rows(sql`update sync.batch set unanswered_until = now() + interval '1 second'`)
    await expect(drop('sync', 'people')).rejects.toMatchObject({ code: 'requests_in_flight' })
    const outcome = () =>
      drop('sync', 'people').then(
        () => 'deleted',
        () => 'refused',
      )
    await expect.poll(outcome, { timeout: 10_000 }).toBe('deleted')
  })

  it('and beginning at once leave no run without its sync, nor a sync without its files', async () => {
    const other = half.open()
    for (let n = 0; n < 8; n++) {
      const [gone, begun] = await Promise.allSettled([
        n % 2 ? drop('sync', 'people') : other.deleteNamed({ kind: 'sync', name: 'people', dryRun: false }),
        n % 3 ? half.sync.begin('people', true) : other.begin('people', true),
      ])
      if (begun.status === 'fulfilled' && gone.status === 'rejected') {
        expect(await half.sync.run(String(begun.value.id), 30_000)).toMatchObject({ status: 'done' })
        await drop('sync', 'people')
      } else if (begun.status === 'rejected') {
        expect(['missing', 'conflict', 'transient']).toContain(begun.reason.kind)
      }
      expect(await half.sync.runs({ limit: 9 })).toEqual([])
      expect(await folders()).toEqual([])
      await define()
    }
    await other.close()
  })

  it('is refused where its name is taken up by a definition at the same moment', async () => {
    await drop('sync', 'people')
    for (let n = 0; n < 8; n++) {
      const [gone, made] = await Promise.allSettled([drop('model', 'people'), define()])
      if (made.status === 'fulfilled') {
        expect(gone).toMatchObject({ reason: { kind: 'conflict' } })
        await drop('sync', 'people')
      } else {
        expect(made.reason).toMatchObject({ kind: expect.stringMatching(/missing|conflict/) })
        await half.sync.putModel({ name: 'people', body: definitions.model, dryRun: false })
      }
    }
  })

  describe('of a sync that compared in the warehouse', () => {
    const tables = async () =>
      (await run(`select tablename::text as name from pg_tables where tablename like 'sync\\_%'`)).map(
        ({ name }) => name,
      )
    beforeEach(async () => {
      const config = postgresConfig(half.database.url)
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
      await run(
        `create table customers as select i as id, 'c' || i as external_id, null::text as crm, null::text as device from generate_series(1, 3) as i`,
      )
      await define({ engine: 'warehouse' })
      await half.go()
      await half.go()
    })

    it('drops its tables there, also when it has turned to another engine since', async () => {
      expect(await tables()).toHaveLength(1)
      await define({ engine: 'local' })
      expect(await drop('sync', 'people')).toMatchObject({ left: [] })
      expect(await tables()).toEqual([])
      await define({ engine: 'warehouse' })
      expect((await half.go()).plan?.counts).toMatchObject({ added: 3, removed: 0, unchanged: 0 })
      expect(await tables()).toHaveLength(1)
    })

    it('is done though the warehouse is out of reach; says what is left and where, and drops it later', async () => {
      const config = postgresConfig(half.database.url)
      const nowhere = { ...config, port: 9 }
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config: nowhere }, dryRun: false })
      const [table = ''] = await tables()
      const gone = await drop('sync', 'people')
      expect(gone?.left).toEqual([
        { what: 'tables', source: 'shop', prefix: table.replace(/v\d+$/, ''), reason: expect.any(String) },
      ])
      expect(await half.sync.syncs()).toEqual([])
      expect(await folders()).toEqual([])
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
      await half.sync.sweep()
      expect(await tables()).toEqual([])
    })

    it('waits for no copy of a ledger that hangs at a warehouse without an answer', async () => {
      await define({ engine: 'local', ledger: { copy: 'warehouse' } })
      await half.go()
      await half.sync.writeLedgers()
      const sockets: Socket[] = []
      let hangs = true
      const silent = createServer((socket) => void (hangs ? sockets.push(socket) : socket.destroy())).listen(
        0,
      )
      await once(silent, 'listening')
      const address = silent.address()
      const port = typeof address === 'object' && address ? address.port : 0
      const config = { ...postgresConfig(half.database.url), port }
      await half.sync.putSource({ name: 'shop', body: { type: 'postgres', config }, dryRun: false })
      const copying = half.sync.copyLedgers()
      await expect.poll(() => sockets.length, { timeout: 10_000 }).toBeGreaterThan(0)
      const deleting = drop('sync', 'people')
      await expect.poll(() => half.sync.syncs()).toEqual([])
      hangs = false
      for (const socket of sockets) socket.destroy()
      silent.close()
      await copying
      expect((await deleting)?.left).toMatchObject([{ what: 'tables', source: 'shop' }])
    })

    it('is forgotten after an hour, whatever is left', async () => {
      await run('drop table customers')
      await drop('sync', 'people')
      const remembered = async () => (await run('select name from sync.deleted_sync')).length
      await half.sync.sweep()
      expect(await remembered()).toBe(1)
      ahead = 61 * 60_000
      await half.sync.sweep()
      expect(await remembered()).toBe(0)
      expect(await run('select source as name from sync.warehouse_table')).toEqual([])
    })
  })

  it('finds by an index whatever names a sync or a run that goes, so that it costs what goes', async () => {
    const unfound = await run(`
      select conrelid::regclass::text || ' ' || attname as name
      from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
      where contype = 'f' and confrelid in ('sync.run'::regclass, 'sync.sync'::regclass)
        and not exists (select from pg_index where indrelid = conrelid and indkey[0] = conkey[1])`)
    expect(unfound).toEqual([])
  })

  it('deletes no folder that it does not know to be of a deleted sync', async () => {
    await half.go()
    await mkdir(join(half.directory, 'sync', '4711'))
    await drop('sync', 'people')
    ahead = 61 * 60_000
    await half.sync.sweep()
    expect(await folders()).toEqual(['4711'])
  })

  it('sweeps what somebody who was still at work has written since', async () => {
    await half.go()
    const id = await idOf()
    await drop('sync', 'people')
    const late = join(half.directory, 'sync', String(id))
    await mkdir(`${late}-late`)
    await rename(`${late}-late`, late)
    ahead = 61 * 60_000
    await half.sync.sweep()
    expect(await folders()).toEqual([])
  })

  describe('of a sync with alerts', () => {
    let ops: WebhookReceiver
    beforeEach(async () => {
      ops = await startWebhookReceiver()
      const body = { type: 'webhook', config: { url: ops.url, secret: ops.secret } }
      await half.sync.putNotifier({ name: 'ops', body, dryRun: false })
      await define({ alerts: { to: ['ops'] } })
    })
    afterEach(() => ops.close())

    it('ends them without a word, and gives up what was still to be told', async () => {
      await half.warehouse('select 1 as id')
      await half.go()
      await half.sync.watch()
      expect(ops.notices.map(({ type }) => type)).toEqual(['alert.raised'])
      await half.customers(people(1))
      await half.go()
      ops.faults.push({ kind: 'status', status: 503 })
      await half.sync.watch()
      await drop('sync', 'people')
      expect(await half.sync.alerts()).toEqual([])
      ahead = 3_600_000
      await half.sync.watch()
      expect(ops.notices.map(({ type }) => type)).toEqual(['alert.raised'])
      const [last] = await half.sync.notices({ sync: 'people', limit: 1 })
      expect(last).toMatchObject({ status: 'given_up', answer: 'the sync was deleted' })
    })

    it('lets its notifier go only after it', async () => {
      await expect(drop('notifier', 'ops')).rejects.toMatchObject({
        message: 'the notifier ops is told by the sync people of alerts',
      })
      await drop('sync', 'people')
      await drop('notifier', 'ops')
      expect(await half.sync.notifiers()).toEqual([])
    })
  })
})
