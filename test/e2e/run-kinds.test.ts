import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startCohortServer } from '@muster/connectors/conformance/cohort-server.ts'
import type { RunView } from '@muster/server/sync/sync.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  brazeCohorts,
  type Customer,
  definitions,
  type SyncHarness,
  startSyncHarness,
} from './sync-harness.ts'

const person = (id: number, external = `c${id}`): Customer => ({
  id,
  external_id: external,
  crm: null,
  device: null,
})
const people = (...ids: number[]): Customer[] => ids.map((id) => person(id))

describe('a run that is more than a sync', () => {
  let harness: SyncHarness
  beforeEach(async () => {
    harness = await startSyncHarness()
  })
  afterEach(() => harness.close())

  const ended = (run: RunView): Promise<RunView> => harness.sync.run(String(run.id), 60_000)
  const define = (change: object): Promise<unknown> =>
    harness.sync.putSync({ name: 'people', body: { ...definitions.sync, ...change }, dryRun: false })
  const cohort = (): Set<string> => {
    const [first] = [...harness.remote.cohorts.values()]
    if (!first) throw new Error('there is no cohort')
    return first.members
  }

  it('as a full resync sends everybody again, removes leavers, and mends what was lost at the far end', async () => {
    await define({ guards: { max_removed: 1, max_added: 0 } })
    await harness.customers(people(1, 2, 3))
    await harness.go()
    const intact = harness.members()
    cohort().clear()
    await harness.customers(people(2, 3))
    const run = await ended(await harness.sync.begin('people', true, { kind: 'full_resync' }))
    expect(run).toMatchObject({
      kind: 'full_resync',
      status: 'done',
      plan: { counts: { removed: 1, added: 2, reasserted: 2, unchanged: 2 } },
    })
    expect(harness.members()).toEqual(intact.slice(1))
    expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })
  })

  it('sends everybody once more where the destination was turned to another place, and removes leavers there', async () => {
    await define({ guards: { max_removed: 1 } })
    await harness.customers(people(1, 2, 3))
    await harness.go()
    const stale = await harness.go('plan')
    const elsewhere = await startCohortServer()
    try {
      const put = (different: object = {}) =>
        harness.sync.putDestination({
          name: 'braze',
          body: brazeCohorts(elsewhere, different),
          dryRun: false,
        })
      await put()
      await expect(harness.sync.apply(String(stale.id), { release: false })).rejects.toMatchObject({
        code: 'plan_stale',
      })
      await harness.customers(people(2, 3, 4))
      const run = await harness.go()
      expect(run).toMatchObject({
        status: 'done',
        plan: {
          counts: { removed: 1, added: 3, reasserted: 2 },
          note: expect.stringContaining('another place'),
        },
      })
      const [found] = [...elsewhere.cohorts.values()]
      expect(found?.name).toBe('People')
      expect([...(found?.members ?? [])].sort()).toEqual(
        harness
          .members()
          .map((one) => one.replace('c1', 'c4'))
          .sort(),
      )
      expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })

      // Keys are renewed at the same place.
      await put({ partner: 'hightouch' })
      expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })
    } finally {
      await elsewhere.close()
    }
  })

  it('as a reset takes the model as accepted without a request, and the next run sends only what differs', async () => {
    await harness.customers(people(1, 2, 3))
    const run = await ended(await harness.sync.begin('people', true, { kind: 'reset' }))
    expect(run).toMatchObject({ kind: 'reset', status: 'done' })
    expect(harness.remote.seen).toEqual([])
    expect((await harness.sync.sync('people')).state?.members).toBe(3)
    await harness.customers(people(1, 2, 3, 4))
    expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { added: 1, unchanged: 3 } } })
  })

  it('as a reset by an empty model changes nothing and says why', async () => {
    await harness.customers(people(1, 2))
    await harness.go()
    await harness.customers([])
    const run = await ended(await harness.sync.begin('people', true, { kind: 'reset' }))
    expect(run).toMatchObject({ status: 'failed', message: expect.stringContaining('0 members') })
    expect((await harness.sync.sync('people')).state?.members).toBe(2)
  })

  it('begins anew after its state was forgotten, and removes nobody', async () => {
    await harness.customers(people(1, 2))
    await harness.go()
    const before = harness.members()
    await harness.sync.forget('people')
    await harness.customers(people(2, 3))
    expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 0, added: 2 } } })
    expect(harness.members()).toEqual(expect.arrayContaining(before))
  })

  it('goes on after the files of its state are lost, once it is forgotten', async () => {
    await harness.customers(people(1, 2))
    await harness.go()
    const [{ id }] = await harness.sync
      .syncs()
      .then((all) => all.map((one) => ({ id: one.id })) as [{ id: number }])
    await rm(join(harness.directory, 'sync', String(id), 'state'), { recursive: true })
    expect(await harness.go()).toMatchObject({
      status: 'failed',
      hint: expect.stringContaining('muster reconcile'),
    })
    await harness.sync.forget('people')
    expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 0, added: 2 } } })
  })

  it('shows its exact changes page by page, removals first, before and after it is applied', async () => {
    await define({ guards: { max_removed: 1 } })
    await harness.customers(people(1, 2, 3))
    await harness.go()
    await harness.customers(people(3, 4, 5))
    const planned = await harness.go('plan')
    const list = async () => {
      const all = []
      let from: number | null = 0
      while (from !== null) {
        const page: Awaited<ReturnType<typeof harness.sync.changes>> = await harness.sync.changes(
          String(planned.id),
          { from, limit: 3 },
        )
        all.push(...page.changes.map(({ n, operation, rowKey }) => [n, operation, rowKey]))
        from = page.next
      }
      return all
    }
    const changes = await list()
    expect(changes.map(([n, operation]) => [n, operation])).toEqual([
      [0, 'remove'],
      [1, 'remove'],
      [2, 'add'],
      [3, 'add'],
    ])
    expect(changes.map(([, , key]) => key).sort()).toEqual(['1', '2', '4', '5'])
    await harness.apply(planned)
    expect(await list()).toEqual(changes)
  })

  it('finds changes by a part of an identifier, by the key of a row and by operation, page by page', async () => {
    await define({ guards: { max_removed: 1 } })
    await harness.customers(people(1, 2, 31))
    await harness.go()
    await harness.customers(people(2, 3, 32, 33))
    const { id } = await harness.go('plan')
    const found = async (query: { find?: string; operation?: 'add' | 'remove'; limit?: number }) => {
      const { changes, next } = await harness.sync.changes(String(id), { from: 0, limit: 9, ...query })
      return { keys: changes.map(({ operation, rowKey }) => `${operation} ${rowKey}`).sort(), next }
    }
    expect(await found({ find: '3' })).toEqual({
      keys: ['add 3', 'add 32', 'add 33', 'remove 31'],
      next: null,
    })
    expect((await found({ operation: 'remove' })).keys).toEqual(['remove 1', 'remove 31'])
    expect((await found({ operation: 'add', find: '33' })).keys).toEqual(['add 33'])
    expect((await found({ find: '%' })).keys).toEqual([])
    const first = await found({ find: '3', limit: 2 })
    expect(first.keys[1]).toBe('remove 31')
    expect(first.next).toBeGreaterThan(1)
  })

  describe('as an undo', () => {
    beforeEach(() => define({ guards: { max_removed: 1 } }))

    it('removes whom the run added, adds whom it removed, leaves the others, and lays the sync to rest', async () => {
      await harness.customers(people(1, 2, 3))
      await harness.go()
      const before = harness.members()
      await harness.customers(people(2, 3, 4, 5))
      const run = await harness.go()
      expect(harness.members()).not.toEqual(before)
      const undo = await ended(await harness.sync.undo(String(run.id), true))
      expect(undo).toMatchObject({
        kind: 'undo',
        undoes: run.id,
        status: 'done',
        plan: { counts: { removed: 2, added: 1, unchanged: 2 } },
      })
      expect(harness.members()).toEqual(before)
      await expect(harness.sync.begin('people', true)).rejects.toMatchObject({ code: 'sync_paused' })
      await harness.sync.pause('people', false)
      expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 1, added: 2 } } })
    })

    it('brings a person back to the identifier of before, and never leaves it outside', async () => {
      await harness.customers([{ id: 1, external_id: null, crm: 'k1', device: null }, person(2)])
      await harness.go()
      const before = harness.members()
      await harness.customers(people(1, 2))
      const run = await harness.go()
      await ended(await harness.sync.undo(String(run.id), true))
      expect(harness.members()).toEqual(before)
      expect(harness.remote.seen.at(-1)).toBeDefined()
    })

    it('keeps what a later run has changed, and what a full resync only sent again', async () => {
      await harness.customers(people(1, 2))
      await harness.go()
      await harness.customers(people(1, 2, 3, 4))
      const adding = await harness.go()
      await harness.customers(people(1, 2, 4))
      await harness.go()
      expect((await ended(await harness.sync.undo(String(adding.id), true))).plan?.counts).toMatchObject({
        removed: 1,
        added: 0,
      })
      expect(harness.members()).toHaveLength(2)
      await harness.sync.pause('people', false)
      const again = await ended(await harness.sync.begin('people', true, { kind: 'full_resync' }))
      const undo = await ended(await harness.sync.undo(String(again.id), true))
      expect(undo.plan?.counts).toMatchObject({ removed: 1, added: 0 })
      expect(harness.members()).toHaveLength(2)
    })

    it('is only shown where that is asked for, and the sync goes on', async () => {
      await harness.customers(people(1, 2))
      const run = await harness.go()
      const undo = await ended(await harness.sync.undo(String(run.id), false))
      expect(undo).toMatchObject({ status: 'planned', plan: { counts: { removed: 2 } } })
      expect(harness.members()).toHaveLength(2)
      expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })
    })

    it('of more than the guards allow waits for its release', async () => {
      await define({ guards: {} })
      await harness.customers(people(1, 2))
      const run = await harness.go()
      const undo = await ended(await harness.sync.undo(String(run.id), true))
      expect(undo).toMatchObject({ status: 'held', message: expect.stringContaining('removes 2 of 2') })
      expect(await harness.apply(undo, true)).toMatchObject({ status: 'done' })
      expect(harness.members()).toEqual([])
    })

    it('is refused while another run waits, and the sync is not laid to rest by that', async () => {
      await harness.customers(people(1, 2))
      const run = await harness.go()
      await harness.customers(people(1, 2, 3))
      harness.remote.delayMs = 300
      await harness.sync.begin('people', true)
      await expect
        .poll(async () => (await harness.sync.runs({ limit: 1 }))[0]?.status, { timeout: 20_000 })
        .toBe('applying')
      const waiting = await harness.sync.begin('people', true)
      await expect(harness.sync.undo(String(run.id), true)).rejects.toMatchObject({ code: 'run_queued' })
      expect((await harness.sync.sync('people')).paused_at).toBeNull()
      expect(await ended(waiting)).toMatchObject({ status: 'done' })
    })

    it('is refused for a run that has sent nothing', async () => {
      await harness.customers(people(1))
      const planned = await harness.go('plan')
      await expect(harness.sync.undo(String(planned.id), true)).rejects.toMatchObject({
        code: 'not_undoable',
      })
    })
  })

  describe('of a sync that only removes', () => {
    beforeEach(async () => {
      await harness.customers(people(1, 2, 3, 4))
      await harness.go()
      await define({ mode: 'remove_only' })
    })

    it('takes the members of the model out, once each, and adds nobody', async () => {
      await harness.customers(people(1, 2))
      expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 2, added: 0 } } })
      expect(harness.members()).toHaveLength(2)
      expect(await harness.go()).toMatchObject({ plan: { verdict: 'empty' } })
    })

    it('forgets who leaves the model, and takes them out again when they come back', async () => {
      await harness.customers(people(1, 2))
      await harness.go()
      await harness.customers(people(2))
      expect(await harness.go()).toMatchObject({
        status: 'done',
        plan: { counts: { removed: 0, unchanged: 1 } },
      })
      await harness.customers(people(1, 2))
      expect(await harness.go()).toMatchObject({ plan: { counts: { removed: 1, unchanged: 1 } } })
    })

    it('turned back to a mirror removes nobody in its first run', async () => {
      await harness.customers(people(1))
      await harness.go()
      await define({ mode: 'mirror' })
      expect(await harness.go()).toMatchObject({ status: 'done', plan: { counts: { removed: 0, added: 1 } } })
      expect(harness.members()).toHaveLength(4)
    })

    it('is held when it would take out more than it may', async () => {
      await define({ mode: 'remove_only', guards: { max_removed_count: 1 } })
      await harness.customers(people(1, 2))
      expect(await harness.go()).toMatchObject({
        status: 'held',
        plan: { breaches: [{ guard: 'max_removed_count' }] },
      })
      expect(harness.members()).toHaveLength(4)
    })
  })
})
