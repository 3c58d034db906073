import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '@muster/connectors/conformance/faulty-server.ts'
import type { RunView } from '@muster/server/sync/sync.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'
import { difference, sample } from './trials.ts'

/** `MUSTER_TRIALS=1000` meets every fault at every request. */
const trials = Number(process.env.MUSTER_TRIALS ?? 6)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))

const success = '{"message":"success"}'
const answer = (status: number, body: string, type = 'application/json'): Fault => ({
  kind: 'status',
  status,
  body,
  headers: { 'content-type': type },
})

/** Answers that prove nothing; whether the request had its effect or not. */
const proofless: readonly (readonly [string, Fault])[] = [
  ...[423, 429, 500, 502, 503, 504].map((status) => [String(status), { kind: 'status', status }] as const),
  ['an HTML page behind 200', answer(200, '<html>OK</html>', 'text/html')],
  ['nothing behind 200', answer(200, '')],
  ['nothing behind 201', answer(201, '')],
  ['plain text behind 200', answer(200, 'success', 'text/plain')],
  ['truncated JSON behind 200', answer(200, '{"message":"succ')],
  ['an error message behind 200', answer(200, '{"message":"Internal error"}')],
  ['an error behind 201', answer(201, '{"error":"overloaded"}')],
  ['a redirect', { kind: 'status', status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
  ['a reset', { kind: 'reset' }],
  ['a reset after it was applied', { kind: 'applied_then_reset' }],
  ['silence', { kind: 'silence' }],
  ['silence after it was applied', { kind: 'applied_then_silence' }],
  ['500 after it was applied', { kind: 'applied_then', status: 500, body: '{"message":"oops"}' }],
  ['a cut answer after it was applied', { kind: 'applied_then', status: 201, body: success, cut: true }],
  ['a second delivery, later', { kind: 'held' }],
]

describe('a sync whose destination', () => {
  let half: SyncHarness
  const open = async (requestDeadlineMs: number): Promise<void> => {
    half = await startSyncHarness({ requestDeadlineMs })
    await define(half)
  }
  afterEach(() => half.close())

  const wrong = (expected: Set<string>) => difference(expected, new Set(half.members()))
  const right = { lost: 0, phantom: 0 }

  describe('gives an answer that proves nothing (SE-05, SE-06)', () => {
    beforeEach(() => open(1_000))

    it(`is asked again, and nobody is lost or too many: ${trials} trials of ${proofless.length * 4}`, async () => {
      const requests = 4
      const all = proofless.flatMap(([name, fault]) =>
        Array.from({ length: requests }, (_, position) => ({ name, fault, position })),
      )
      await half.warehouse(selectPeople(0, 4_000))
      await half.go()
      const total = { trials: 0, lost: 0, phantom: 0 }
      for (const number of sample(all.length, trials, seed)) {
        const one = all[number - 1]
        if (!one) throw new Error(`there is no trial ${number}`)
        const from = total.trials % 2 === 0 ? 1_500 : 0
        await half.warehouse(selectPeople(from, from + 4_000))
        half.remote.faults.push(...Array.from({ length: one.position }, () => null), one.fault)
        const run = await half.go()
        const at = `${one.name}, request ${one.position + 1}`
        expect(run, at).toMatchObject({
          status: 'done',
          sums: { planned: 3_000, accepted: 3_000, requests: requests + 1 },
        })
        const answers = (await half.sync.requests(String(run.id), 10)).map((batch) => batch.answer)
        expect(answers, at).toEqual(['201', '201', '201', '201'])
        half.remote.deliverHeld()
        const { lost, phantom } = wrong(idsOf(from, from + 4_000))
        total.trials++
        total.lost += lost
        total.phantom += phantom
        expect({ lost, phantom }, at).toEqual(right)
      }
      process.stdout.write(
        `SE-05, SE-06: ${total.trials} trials, ${total.lost} lost, ${total.phantom} phantom; seed ${seed}\n`,
      )
    }, 3_600_000)
  })

  describe('is given up, and the request arrives later all the same (SE-07)', () => {
    const deadlineMs = 4_000
    beforeEach(() => open(deadlineMs))

    /**
     * The next request of the sync is held, and sent a second time. It arrives when what would undo it has been sent, or
     * before the deadline where that waits.
     */
    const heldWhile = async (act: () => Promise<RunView>): Promise<RunView> => {
      const before = half.remote.seen.length
      half.remote.faults.push({ kind: 'held' })
      const run = act()
      while (half.remote.seen.length < before + 1) await sleep(5)
      const late = performance.now() + deadlineMs * 0.75
      while (half.remote.seen.length < before + 3 && performance.now() < late) await sleep(5)
      await sleep(50)
      expect(half.remote.deliverHeld()).toBe(1)
      return run
    }
    const person = (more: Partial<Customer>): Customer => ({
      ...{ id: 1, external_id: null, crm: null, device: null },
      ...more,
    })

    it('does not put a person out whose alias became an external_id', async () => {
      half.remote.profileOf = () => 'the person'
      await half.customers([person({ crm: 'k1' })])
      await half.go()
      await half.customers([person({ external_id: 'c1' })])
      expect(await heldWhile(() => half.go())).toMatchObject({ status: 'done', sums: { accepted: 2 } })
      expect(half.members()).toEqual(['the person'])
    })

    it('does not bring back who is removed in the next run', async () => {
      await half.customers([person({ external_id: 'c1' })])
      await half.go()
      const added = [person({ external_id: 'c1' }), person({ id: 2, external_id: 'c2' })]
      await half.customers(added)
      await heldWhile(async () => {
        await half.go()
        await half.customers(added.slice(0, 1))
        return half.go()
      })
      expect(half.members()).toEqual(['c1'])
    })

    it('does not put out who is added again in the next run', async () => {
      const both = [person({ external_id: 'c1' }), person({ id: 2, external_id: 'c2' })]
      await half.customers(both)
      await half.go()
      await half.customers(both.slice(0, 1))
      await heldWhile(async () => {
        await half.go()
        await half.customers(both)
        return half.go()
      })
      expect(half.members()).toEqual(['c1', 'c2'])
    })
  })
})

async function define(half: SyncHarness): Promise<void> {
  await half.sync.putSync({
    name: 'people',
    body: { ...definitions.sync, guards: { max_removed: 1, min_members: 0 } },
    dryRun: false,
  })
}
