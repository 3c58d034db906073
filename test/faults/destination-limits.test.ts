import type { SeenRequest } from '@muster/connectors/conformance/cohort-server.ts'
import type { Fault } from '@muster/connectors/conformance/faulty-server.ts'
import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'
import { chanceOf, difference } from './trials.ts'

const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))
const hourMs = 3_600_000

describe('a sync whose destination', () => {
  let half: SyncHarness
  /** How far the clock of the sync is ahead. */
  let aheadMs = 0
  /** When the sync began each of its requests, and when it had the head of its answer. */
  const asked: { at: number; answered: number }[] = []
  const open = async (runDeadlineMs = 15 * 60_000): Promise<void> => {
    aheadMs = 0
    asked.splice(0)
    const io = createDestinationIo()
    half = await startSyncHarness({
      clock: () => Date.now() + aheadMs,
      requestDeadlineMs: 1_000,
      runDeadlineMs,
      io: {
        fetch: async (url, request) => {
          const one = { at: performance.now(), answered: Number.POSITIVE_INFINITY }
          asked.push(one)
          const answer = await io.fetch(url, request)
          one.answered = performance.now()
          return answer
        },
      },
    })
    await half.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { max_removed: 1, min_members: 0 } },
      dryRun: false,
    })
  }
  afterEach(() => half.close())
  const right = (from: number, to: number): void =>
    expect(difference(idsOf(from, to), new Set(half.members()))).toEqual({ lost: 0, phantom: 0 })

  describe('asks for time (SE-03)', () => {
    beforeEach(() => open(2 * hourMs))
    const limited = (headers: Readonly<Record<string, string>>): Fault => ({
      kind: 'status',
      status: 429,
      headers,
    })

    it.each([
      ['in seconds', { 'retry-after': '1' }, 1_000],
      [
        'as a date by its own clock',
        { 'retry-after': 'Mon, 23 Nov 2026 20:00:01 GMT', date: 'Mon, 23 Nov 2026 20:00:00 GMT' },
        1_000,
      ],
      ['without saying how much', {}, 0],
    ])('%s is not asked before, and nobody is lost', async (_, headers, askedMs) => {
      await half.warehouse(selectPeople(0, 6_000))
      half.remote.faults.push(null, limited(headers))
      expect(await half.go()).toMatchObject({ status: 'done', sums: { accepted: 6_000, requests: 7 } })
      right(0, 6_000)
      // The first request names the cohort; one of the four that are then sent at once is told to wait.
      const told = Math.min(...asked.slice(1, 5).map(({ answered }) => answered))
      const latest = Math.max(...asked.slice(1, 5).map(({ answered }) => answered))
      expect(asked.filter(({ at }) => at > latest + 50 && at < told + askedMs)).toEqual([])
    })

    it('of fourteen minutes is asked again when they have passed, and not before', async () => {
      await half.warehouse(selectPeople(0, 1_000))
      half.remote.faults.push(null, limited({ 'retry-after': '840' }))
      const run = await half.sync.begin('people', true)
      const seen = (count: number) =>
        expect.poll(() => half.remote.seen.length, { timeout: 20_000 }).toBe(count)
      await seen(2)
      aheadMs += 830_000
      await new Promise((done) => setTimeout(done, 1_500))
      await seen(2)
      aheadMs += 100_000
      expect(await half.sync.run(String(run.id), 20_000)).toMatchObject({ status: 'done' })
      right(0, 1_000)
    })

    it('of a day is left alone; the next run takes up what is left', async () => {
      await half.warehouse(selectPeople(0, 6_000))
      half.remote.faults.push(null, null, limited({ 'retry-after': '86400' }))
      const run = await half.go()
      expect(run).toMatchObject({ status: 'incomplete' })
      expect(run.sums.accepted + run.sums.pending).toBe(6_000)
      expect(run.sums.pending).toBeGreaterThan(0)
      expect(await half.go()).toMatchObject({ status: 'done', sums: { pending: 0 } })
      right(0, 6_000)
    })
  })

  describe('is locked (SE-04)', () => {
    it('for a while is asked again later each time, removals before additions', async () => {
      await open()
      await half.warehouse(selectPeople(0, 2_000))
      await half.go()
      await half.warehouse(selectPeople(500, 2_500))
      const before = half.remote.seen.length
      half.remote.faults.push(...[423, 409, 423].map((status): Fault => ({ kind: 'status', status })))
      expect(await half.go()).toMatchObject({ status: 'done', sums: { planned: 1_000, accepted: 1_000 } })
      right(500, 2_500)
      const seen = half.remote.seen.slice(before)
      expect(seen.map(({ add, remove }) => [add.length, remove.length])).toEqual([
        ...Array.from({ length: 4 }, () => [0, 500]),
        [500, 0],
      ])
      const pauses = seen.slice(1, 4).map(({ at }, n) => at - (seen[n]?.ended ?? 0))
      for (const [n, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(250 * 2 ** n)
    })

    it('until the time of the run is over leaves everything as it was, for the next run', async () => {
      await open(1_500)
      await half.warehouse(selectPeople(0, 2_000))
      await half.go()
      await half.warehouse(selectPeople(500, 2_500))
      const { state } = await half.sync.sync('people')
      half.remote.faults.push(...Array.from({ length: 20 }, (): Fault => ({ kind: 'status', status: 423 })))
      expect(await half.go()).toMatchObject({ status: 'incomplete', sums: { accepted: 0, pending: 1_000 } })
      right(0, 2_000)
      expect((await half.sync.sync('people')).state?.members).toBe((state?.members ?? 0) - 500)
      half.remote.faults.splice(0)
      expect(await half.go()).toMatchObject({ status: 'done', sums: { pending: 0 } })
      right(500, 2_500)
    })
  })

  describe('answers now well, now badly', () => {
    beforeEach(() => open())

    it('never has one identifier in two requests at once, nor added and removed in one (SE-08)', async () => {
      const chance = chanceOf(seed)
      half.remote.delayMs = 15
      const bad: readonly Fault[] = [
        ...[423, 429, 500].map((status): Fault => ({ kind: 'status', status })),
        { kind: 'reset' },
        { kind: 'applied_then_reset' },
      ]
      for (const [from, to] of [
        [0, 9_000],
        [4_000, 13_000],
        [2_000, 8_000],
      ] as const) {
        await half.warehouse(selectPeople(from, to))
        const faults = Array.from({ length: 12 }, () =>
          chance() < 0.4 ? (bad[Math.floor(chance() * bad.length)] ?? null) : null,
        )
        half.remote.faults.push(...faults)
        expect(await half.go(), `seed ${seed}`).toMatchObject({ status: 'done' })
        right(from, to)
      }
      expect(half.remote.seen.filter(({ add, remove }) => add.length > 0 && remove.length > 0)).toEqual([])
      expect(sharedInFlight(half.remote.seen), `seed ${seed}`).toEqual([])
    })

    it('refuses some ids: each of them is rejected alone, said why, and tried again by the next run (SE-09)', async () => {
      const chance = chanceOf(seed)
      const bad = new Set(Array.from({ length: 5 }, () => `C-${Math.floor(chance() * 3_000)}`))
      half.remote.refuse = (identifier) => bad.has(formatIdentifier(identifier))
      await half.warehouse(selectPeople(0, 3_000))
      const run = await half.go()
      const rejected = bad.size
      expect(run, `seed ${seed}`).toMatchObject({
        status: 'done',
        sums: { accepted: 3_000 - rejected, rejected },
      })
      expect(difference(idsOf(0, 3_000), new Set(half.members()))).toEqual({ lost: rejected, phantom: 0 })
      const alone = (await half.sync.requests(String(run.id), 1_000)).filter(
        ({ status, change_from, change_to }) => status === 'rejected' && change_to - change_from === 1,
      )
      expect(alone).toHaveLength(rejected)
      for (const { answer } of alone) expect(answer).toMatch(/^400 .*cohort_changes/)
      half.remote.refuse = () => false
      expect(await half.go()).toMatchObject({ status: 'done', sums: { planned: rejected, rejected: 0 } })
      right(0, 3_000)
    })

    it('takes a request but lists what it left out: the same (SE-09)', async () => {
      await half.warehouse(selectPeople(0, 2))
      const partly = '{"message":"success","errors":[{"type":"C-1 is unknown","index":1}]}'
      const whole: Fault = { kind: 'applied_then', status: 201, body: '{"message":"success"}' }
      const left: Fault = { kind: 'applied_then', status: 201, body: partly }
      half.remote.faults.push(null, left, whole, left)
      const run = await half.go()
      expect(run).toMatchObject({ status: 'done', sums: { accepted: 1, rejected: 1 } })
      const answers = (await half.sync.requests(String(run.id), 10)).map(({ status, answer }) => [
        status,
        answer,
      ])
      expect(answers).toEqual([
        ['accepted', '201'],
        ['rejected', '201 C-1 is unknown'],
      ])
    })
  })
})

/** Pairs of requests that were in flight at the same time and named the same identifier. */
function sharedInFlight(seen: readonly SeenRequest[]): unknown[] {
  return seen.flatMap((one, index) => {
    const ids = new Set([...one.add, ...one.remove])
    return seen
      .slice(index + 1)
      .filter((other) => other.at < (one.ended ?? Number.POSITIVE_INFINITY))
      .filter((other) => [...other.add, ...other.remove].some((id) => ids.has(id)))
      .map((other) => ({ at: one.at, ended: one.ended, again: other.at }))
  })
}
