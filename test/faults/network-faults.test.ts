import { setTimeout as sleep } from 'node:timers/promises'
import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { openDatabase } from '@muster/server/db/database.ts'
import { sql } from '@muster/server/db/sql.ts'
import type { RunView, Sync } from '@muster/server/sync/sync.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brazeCohorts, definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { type FaultProxy, openFaultProxy, type Toxic } from './fault-proxy.ts'
import { idsOf, selectPeople } from './people.ts'
import { difference } from './trials.ts'

const deadlineMs = 1_000
const cutMs = 1_800
const silent = { silent: true } as const

describe('a sync over a network', () => {
  let half: SyncHarness
  const proxies: FaultProxy[] = []
  let slowestMs = 0
  beforeEach(async () => {
    const io = createDestinationIo()
    slowestMs = 0
    half = await startSyncHarness({
      requestDeadlineMs: deadlineMs,
      runsAtOnce: 0,
      io: {
        fetch: async (url, request) => {
          const began = performance.now()
          return io.fetch(url, request).finally(() => {
            slowestMs = Math.max(slowestMs, performance.now() - began)
          })
        },
      },
    })
    await half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 1, min_members: 0 } },
      dryRun: false,
    })
  })
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close()
    await half.close()
  })

  const proxyTo = async (url: string): Promise<FaultProxy> => {
    const { hostname, port } = new URL(url)
    const proxy = await openFaultProxy({ host: hostname, port: Number(port) })
    proxies.push(proxy)
    return proxy
  }
  const via = (proxy: FaultProxy, url: string): string => {
    const address = new URL(url)
    address.hostname = '127.0.0.1'
    address.port = String(proxy.port)
    return address.href.replace(/\/$/, '')
  }
  const right = (from: number, to: number): void =>
    expect(difference(idsOf(from, to), new Set(half.members()))).toEqual({ lost: 0, phantom: 0 })
  const seen = async (requests: number): Promise<void> => {
    while (half.remote.seen.length < requests) await sleep(5)
  }
  /** Another process's sync half, as far as that can be in one. */
  const withWorker = async (
    more: Parameters<SyncHarness['open']>[0],
    act: (worker: Sync) => Promise<void>,
  ): Promise<void> => {
    const worker = half.open({ runsAtOnce: 1, ...more })
    worker.start()
    await act(worker)
    await worker.close()
  }
  const begin = (): Promise<RunView> => half.sync.begin('people', true)
  const ended = (run: RunView): Promise<RunView> => half.sync.run(String(run.id), 60_000)

  describe('to its destination', () => {
    let proxy: FaultProxy
    beforeEach(async () => {
      proxy = await proxyTo(half.remote.url)
      await half.sync.putDestination({
        name: 'braze',
        body: brazeCohorts(half.remote, { rest_endpoint: via(proxy, half.remote.url) }),
        dryRun: false,
      })
    })

    it.each<readonly [string, Toxic, Toxic]>([
      ['answers byte by byte, one a second', {}, { bytesPerSecond: 1 }],
      ['takes a byte a second', { bytesPerSecond: 1 }, {}],
      ['says nothing and closes nothing', silent, silent],
      ['breaks off after 40 bytes of an answer', {}, { limitBytes: 40 }],
    ])(
      'that %s: no request lasts beyond its deadline, and nobody is lost (SE-11)',
      async (_, toFar, toNear) => {
        await half.warehouse(selectPeople(0, 1_000))
        await withWorker({}, async () => {
          proxy.set({ toFar, toNear })
          const run = await begin()
          await sleep(cutMs)
          proxy.set({})
          expect(await ended(run)).toMatchObject({ status: 'done', sums: { accepted: 1_000 } })
          right(0, 1_000)
          expect(slowestMs).toBeLessThan(deadlineMs + 3_000)
        })
      },
    )

    it.each<readonly [string, Toxic]>([
      ['in pieces of 64 bytes', { sliceBytes: 64 }],
      ['late by 150 ms', { latencyMs: 150 }],
      ['by 100,000 bytes a second', { bytesPerSecond: 100_000 }],
    ])('that carries %s: everything arrives at once (SE-11)', async (_, toxic) => {
      await half.warehouse(selectPeople(0, 1_000))
      await withWorker({}, async () => {
        proxy.set({ toFar: toxic, toNear: toxic })
        expect(await ended(await begin())).toMatchObject({ status: 'done', sums: { requests: 1 } })
        right(0, 1_000)
      })
    })

    it.each<readonly [string, Toxic, Toxic]>([
      ['both ways', silent, silent],
      ['on the way there', silent, {}],
      ['on the way back', {}, silent],
    ])('that is cut %s in the middle: it goes on by itself (SE-12)', async (_, toFar, toNear) => {
      await half.warehouse(selectPeople(0, 3_000))
      half.remote.delayMs = 30
      await withWorker({}, async () => {
        expect(await ended(await begin())).toMatchObject({ status: 'done' })
        await half.warehouse(selectPeople(1_500, 6_000))
        const before = half.remote.seen.length
        const run = await begin()
        await seen(before + 2)
        proxy.set({ toFar, toNear })
        await sleep(cutMs)
        proxy.set({})
        expect(await ended(run)).toMatchObject({ status: 'done', sums: { planned: 4_500, accepted: 4_500 } })
        right(1_500, 6_000)
      })
    })
  })

  describe('to its PostgreSQL', () => {
    const cuts: readonly (readonly [string, (proxy: FaultProxy) => Promise<void>])[] = [
      [
        'silent both ways for a while',
        async (proxy) => {
          proxy.set({ toFar: silent, toNear: silent })
          await sleep(cutMs)
          proxy.set({})
        },
      ],
      [
        'silent on the way back for a while',
        async (proxy) => {
          proxy.set({ toNear: silent })
          await sleep(cutMs)
          proxy.set({})
        },
      ],
      ['silent for ever on the connections of now', async (proxy) => proxy.strand()],
      [
        'down for a while',
        async (proxy) => {
          proxy.down()
          await sleep(cutMs)
          proxy.up()
        },
      ],
    ]
    const database = (proxy: FaultProxy) =>
      openDatabase({ url: via(proxy, half.database.url), role: 'muster_sync', answerMs: 700 })

    it.each(cuts)('%s: it goes on by itself (SE-12)', async (_, cut) => {
      const proxy = await proxyTo(half.database.url)
      await half.warehouse(selectPeople(0, 9_000))
      half.remote.delayMs = 100
      await withWorker({ database: database(proxy) }, async () => {
        const run = await begin()
        await seen(3)
        await cut(proxy)
        expect(await ended(run)).toMatchObject({ status: 'done', sums: { accepted: 9_000 } })
        right(0, 9_000)
        await half.warehouse(selectPeople(3_000, 9_500))
        expect(await ended(await begin())).toMatchObject({ status: 'done', sums: { planned: 3_500 } })
        right(3_000, 9_500)
      })
    })

    it('broken between two statements of a transaction: it fails as one to try again, and nobody dies', async () => {
      const proxy = await proxyTo(half.database.url)
      const open = database(proxy)
      const broken = open.transaction(async (tx) => {
        await tx.rows(sql`select 1`)
        proxy.reset()
        await sleep(50)
        await tx.rows(sql`select 1`)
      })
      await expect(broken).rejects.toMatchObject({ kind: 'transient', code: 'database_unreachable' })
      expect(await open.rows(sql`select 1 as one`)).toEqual([{ one: 1 }])
      await open.close()
    })

    it('for longer than its lease: another goes on, and what it writes when it is back is refused (SE-12)', async () => {
      const proxy = await proxyTo(half.database.url)
      await half.warehouse(selectPeople(0, 9_000))
      half.remote.delayMs = 100
      await withWorker({ database: database(proxy) }, async () => {
        const run = await begin()
        await seen(3)
        proxy.set({ toFar: silent, toNear: silent })
        await withWorker({}, async () => {
          expect(await ended(run)).toMatchObject({ status: 'done', sums: { accepted: 9_000 } })
        })
        right(0, 9_000)
        proxy.set({})
        await half.warehouse(selectPeople(3_000, 9_500))
        expect(await ended(await begin())).toMatchObject({ status: 'done', sums: { planned: 3_500 } })
        right(3_000, 9_500)
        expect(await half.sync.runs({ limit: 10 })).toHaveLength(2)
      })
    })
  })

  it('to its source, which falls silent at any moment of a read: it fails, and sends nothing (SE-12)', async () => {
    const url = new URL(half.database.url)
    const proxy = await proxyTo(half.database.url)
    const run = (text: string) => half.database.owner.rows({ strings: [text], parts: [] })
    const fill = (to: number) => `create or replace view customers as
      select n as id, 'C-' || n - 1 as external_id, null::text as crm, null::text as device from generate_series(1, ${to}) n`
    await run(fill(1_000))
    const config = {
      host: '127.0.0.1',
      port: proxy.port,
      user: url.username,
      password: url.password,
      database: url.pathname.slice(1),
      statement_timeout: '2s',
    }
    await half.sync.putSource({ name: 'warehouse', body: { type: 'postgres', config }, dryRun: false })
    const model = { ...definitions.model, source: 'warehouse' }
    await half.sync.putModel({ name: 'people', body: model, dryRun: false })
    await withWorker({}, async () => {
      expect(await ended(await begin())).toMatchObject({ status: 'done' })
      const before = half.remote.seen.length
      await run(fill(200_000))
      proxy.set({ toNear: { bytesPerSecond: 20_000 } })
      const broken = await begin()
      await sleep(Math.random() * 1_000)
      proxy.set({ toFar: silent, toNear: silent })
      expect(await ended(broken)).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(/2s|nothing answers/),
      })
      expect(half.remote.seen).toHaveLength(before)
      right(0, 1_000)
      proxy.set({})
      await run(fill(2_000))
      expect(await ended(await begin())).toMatchObject({ status: 'done', sums: { planned: 1_000 } })
      right(0, 2_000)
    })
  })
})
