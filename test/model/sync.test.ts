import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '@muster/connectors/conformance/faulty-server.ts'
import type { CohortIdentifier } from '@muster/core/braze/cohorts.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { isSettled } from '@muster/core/sync/run.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { type Named, SyncReference } from './sync-reference.ts'

/** Sequences of acts on one sync, each from an empty cohort. `MUSTER_SEQUENCES=10000` for the long walk. */
const sequences = Number(process.env.MUSTER_SEQUENCES ?? 8)
const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))

const named = fc.constantFrom<Named>('external_id', 'external_id', 'alias', 'alias', null)
const rows = fc.uniqueArray(fc.tuple(fc.nat(7), named), { selector: ([person]) => person, maxLength: 8 })
const fault = fc.option(
  fc.oneof(
    fc.constantFrom(423, 429, 500, 503).map((status): Fault => ({ kind: 'status', status })),
    fc.constantFrom<Fault>(
      { kind: 'reset' },
      { kind: 'held' },
      { kind: 'applied_then_reset' },
      { kind: 'applied_then', status: 502, body: '<html>' },
      { kind: 'applied_then', status: 201, body: '{"mess', cut: true },
      { kind: 'status', status: 401, body: '{"message":"Unauthorized access"}' },
    ),
  ),
)
const faults = fc.array(fault, { maxLength: 3 })

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('change' as const), rows }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant('run' as const), faults }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('resync' as const), faults }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('plan' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('close' as const), afterMs: fc.nat(400), faults }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel' as const), afterMs: fc.nat(200), faults }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('pause' as const), paused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('refuse' as const),
      people: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('retry' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('edit' as const),
      mode: fc.constantFrom('mirror' as const, 'add_only' as const),
    }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

describe('SE-24: a sync, whatever is done to it in whatever order', () => {
  let half: SyncHarness
  beforeAll(async () => {
    half = await startSyncHarness({ requestDeadlineMs: 300, runDeadlineMs: 20_000 })
    half.remote.profileOf = profileOf
  })
  afterAll(() => half.close())

  const profileOf = (identifier: CohortIdentifier): string =>
    formatIdentifier(identifier).replace(/^.*[ck]/, '')
  const cohort = (): Set<number> => new Set(half.members().map(Number))
  const edit = (mode: 'mirror' | 'add_only'): Promise<unknown> => {
    const guards = { max_removed: 1, min_members: 0, max_null_keys: 1 }
    const body = { ...definitions.sync, mode, guards, rejected: { tries: 2 } }
    return half.sync.putSync({ name: 'people', body, dryRun: false })
  }
  /** Begins a run, does something to it, and waits until all is settled. Returns whether it ended well. */
  const run = async (
    how: Extract<Act, { faults: unknown }>,
    meanwhile: (id: string) => Promise<void> = async () => {},
  ): Promise<boolean> => {
    half.remote.faults.push(...how.faults)
    const late = setInterval(half.remote.deliverHeld, 120)
    const kind = how.act === 'resync' ? 'full_resync' : 'sync'
    const { id } = await half.sync.begin('people', true, { kind })
    await meanwhile(String(id))
    const end = await half.sync.run(String(id), 30_000)
    clearInterval(late)
    half.remote.deliverHeld()
    half.remote.faults.splice(0)
    expect(isSettled(end.status)).toBe(true)
    return end.status === 'done'
  }

  const perform = async (reference: SyncReference, one: Act): Promise<void> => {
    switch (one.act) {
      case 'change':
        reference.rows = one.rows
        return half.customers(
          one.rows.map(([person, by]) => ({
            id: person,
            external_id: by === 'external_id' ? `c${person}` : null,
            crm: by === 'alias' ? `k${person}` : null,
            device: null,
          })),
        )
      case 'plan':
        if (!reference.paused) await half.go('plan')
        return
      case 'pause':
        reference.paused = one.paused
        await half.sync.pause('people', one.paused)
        return
      case 'refuse':
        reference.refuse(one.people)
        half.remote.refuse = (identifier) => reference.refused.has(Number(profileOf(identifier)))
        return
      // The destination is mended, and somebody asks that what was rejected be tried again.
      case 'retry':
        reference.refuse([])
        await half.sync.retryRejected('people')
        return
      case 'edit':
        reference.mode = one.mode
        await edit(one.mode)
        return
      case 'run':
      case 'resync':
        if (!reference.paused) reference.ran(await run(one))
        return
      case 'cancel':
        if (reference.paused) return
        return reference.ran(
          await run(one, async (id) => {
            await sleep(one.afterMs)
            await half.sync.cancel(id).catch(() => {})
          }),
        )
      case 'close':
        if (reference.paused) return
        return reference.ran(
          await run(one, async () => {
            await sleep(one.afterMs)
            await half.sync.close()
            half.sync = half.open()
            half.sync.start()
          }),
        )
    }
  }

  it(`keeps its cohort as a reference of some lines says: ${sequences} sequences`, async () => {
    let runs = 0
    let done = 0
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 10 }), async (acts) => {
        const reference = new SyncReference()
        half.remote.refuse = () => false
        await half.sync.pause('people', false)
        await edit('mirror')
        await half.customers([])
        await half.sync.forget('people')
        half.remote.cohorts.clear()
        for (const one of acts) {
          await perform(reference, one)
          if (one.act === 'run') runs++
          expect(reference.wrong(cohort()), JSON.stringify(one)).toBeNull()
        }
        await perform(reference, { act: 'pause', paused: false })
        await perform(reference, { act: 'retry' })
        await perform(reference, { act: 'run', faults: [] })
        expect(reference.wrong(cohort()), 'at the end').toBeNull()
        expect((await half.go('plan')).plan?.counts).toMatchObject({ added: 0, removed: 0 })
        if (++done % 100 === 0) process.stdout.write(`SE-24: ${done} of ${sequences} sequences\n`)
      }),
      { numRuns: sequences, seed, endOnFailure: true },
    )
    process.stdout.write(`SE-24: ${sequences} sequences, ${runs} runs, 0 divergences; seed ${seed}\n`)
  }, 36_000_000)
})
