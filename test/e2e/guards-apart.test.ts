import { syncEngines } from '@muster/core/sync/engine.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const person = (id: number, external: string | null = `c${id}`, crm: string | null = null): Customer => ({
  id,
  external_id: external,
  crm,
  device: null,
})
const people = (from: number, to: number): Customer[] =>
  Array.from({ length: to - from }, (_, n) => person(from + n))

describe('a sync whose guards hold a part', () => {
  let harness: SyncHarness
  beforeEach(async () => {
    harness = await startSyncHarness()
  })
  afterEach(() => harness.close())

  const define = (guards: object = {}, change: object = {}): Promise<unknown> =>
    harness.sync.putSync({
      name: 'people',
      body: { ...definitions.sync, guards: { holds: 'part', ...guards }, ...change },
      dryRun: false,
    })
  const has = ({ external_id, crm }: Customer): boolean =>
    [
      external_id !== null && formatIdentifier({ kind: 'external_id', value: external_id }),
      crm !== null && formatIdentifier({ kind: 'alias', label: 'crm', name: crm }),
    ].some((name) => name !== false && harness.members().includes(name))

  it.each(syncEngines)(
    'by engine %s sends additions while removals wait, and all of it when a person releases it',
    async (engine) => {
      await define({}, { engine })
      await harness.customers(people(0, 100))
      expect(await harness.go()).toMatchObject({ status: 'done' })
      await harness.customers(people(50, 130))
      expect(await harness.go('plan')).toMatchObject({
        status: 'held',
        plan: {
          verdict: 'held',
          counts: { removed: 50, added: 30 },
          parts: {
            waits: 'removals',
            going: { removed: 0, added: 30 },
            waiting: { removed: 50, added: 0 },
            samples: { removed: { length: 5 }, added: [] },
          },
        },
      })
      const run = await harness.go()
      expect(run).toMatchObject({
        status: 'incomplete',
        message:
          'held in part: 50 removals and 0 additions wait, since the plan removes 50 of 100 members (50%); at most 15% are allowed; 30 of 30 other changes accepted',
        hint: expect.stringContaining('muster apply people --release'),
        cause: { code: 'waits' },
        sums: { planned: 30, accepted: 30, pending: 0 },
      })
      expect(harness.members()).toHaveLength(130)
      expect((await harness.sync.sync('people')).state?.members).toBe(130)
      const rest = await harness.go()
      expect(rest).toMatchObject({ status: 'held', plan: { counts: { removed: 50, added: 0 } } })
      expect(rest.plan?.parts).toBeUndefined()
      expect(await harness.apply(rest, true)).toMatchObject({ status: 'done', sums: { accepted: 50 } })
      expect(harness.members()).toHaveLength(80)
      expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })
    },
  )

  it('keeps back the addition of a row whose removal waits, so that nobody who changes the identifier is sent twice', async () => {
    await define()
    const before = Array.from({ length: 20 }, (_, id) => person(id, null, `k${id}`))
    await harness.customers(before)
    await harness.go()
    const renamed = before.map(({ id, crm }) => person(id, id < 10 ? `c${id}` : null, crm))
    await harness.customers([...renamed, ...people(100, 105)])
    const run = await harness.go()
    expect(run).toMatchObject({
      status: 'incomplete',
      plan: { parts: { going: { removed: 0, added: 5 }, waiting: { removed: 10, added: 10 } } },
    })
    expect(harness.members()).toHaveLength(25)
    const plan = await harness.go('plan')
    expect(await harness.apply(plan, true)).toMatchObject({ status: 'done' })
    expect([...renamed, ...people(100, 105)].filter((one) => !has(one))).toEqual([])
    expect(harness.members()).toHaveLength(25)
  })

  it('sends removals while additions wait, but not those of rows whose addition waits', async () => {
    await define({ max_added_count: 5, max_removed: 1 })
    await harness.customers(people(0, 5))
    await harness.go()
    await define({ max_added_count: 50, max_removed: 1 })
    await harness.customers([
      ...people(0, 20),
      ...Array.from({ length: 10 }, (_, n) => person(50 + n, null, `k${n}`)),
    ])
    await harness.go()
    await define({ max_added_count: 5, max_removed: 1 })
    const renamed = Array.from({ length: 10 }, (_, n) => person(50 + n, `new${n}`, `k${n}`))
    await harness.customers([...people(5, 20), ...renamed])
    const run = await harness.go()
    expect(run).toMatchObject({
      status: 'incomplete',
      message: expect.stringContaining(
        'held in part: 10 removals and 10 additions wait, since the plan adds 10 members',
      ),
      plan: { parts: { waits: 'additions', going: { removed: 5, added: 0 } } },
      sums: { planned: 5, accepted: 5 },
    })
    expect([...people(5, 20), ...renamed].filter((one) => !has(one))).toEqual([])
    const plan = await harness.go('plan')
    expect(await harness.apply(plan, true)).toMatchObject({ status: 'done' })
    expect([...people(5, 20), ...renamed].filter((one) => !has(one))).toEqual([])
    expect(harness.members()).toHaveLength(25)
  })

  it('holds all when what was read is in doubt, when it is not asked to part, or when rows named the same', async () => {
    await define({ max_invalid: 0 })
    await harness.customers(people(0, 100))
    await harness.go()
    await harness.customers([...people(50, 130), person(999, 'x'.repeat(1_000))])
    expect(await harness.go()).toMatchObject({ status: 'held', sums: { accepted: 0 } })
    await define({ holds: 'plan' })
    expect(await harness.go()).toMatchObject({ status: 'held', sums: { accepted: 0 } })
    await define({ max_removed: 1 })
    await harness.customers([...people(0, 100), person(1_000, 'c1')])
    expect(await harness.go()).toMatchObject({ status: 'done' })
    await define()
    await harness.customers(people(50, 130))
    expect(await harness.go()).toMatchObject({
      status: 'held',
      sums: { accepted: 0 },
      message: expect.stringMatching(/^held by a guard: /),
      plan: { note: expect.stringContaining('several rows named one member when the model was last read') },
    })
    expect(harness.members()).toHaveLength(100)
  })

  it('is told as held until the rest is released, and what went can be taken back', async () => {
    const config = { url: 'https://ops.example/hook', secret: `whsec_${Buffer.alloc(24).toString('base64')}` }
    await harness.sync.putNotifier({ name: 'ops', body: { type: 'webhook', config }, dryRun: false })
    await define({}, { alerts: { to: ['ops'] } })
    await harness.customers(people(0, 100))
    await harness.go()
    await harness.customers(people(50, 130))
    const run = await harness.go()
    await harness.sync.watch()
    expect(await harness.sync.alerts()).toMatchObject([
      { kind: 'held', message: expect.stringContaining(`run ${run.id} is held in part: 50 removals`) },
    ])
    const undo = await harness.sync.undo(String(run.id), false)
    expect(await harness.sync.run(String(undo.id), 60_000)).toMatchObject({
      plan: { counts: { removed: 30, added: 0 } },
    })
    await harness.apply(await harness.go('plan'), true)
    await harness.sync.watch()
    expect(await harness.sync.alerts()).toEqual([])
  })
})
