import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { startCohortServer } from '@muster/connectors/conformance/cohort-server.ts'
import { syncEngines } from '@muster/core/sync/engine.ts'
import { formatIdentifier, type Identifier } from '@muster/core/sync/identifier.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Customer, definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const customer = (id: number, more: Partial<Customer> = {}): Customer => ({
  id,
  external_id: `C-${id}`,
  crm: null,
  device: null,
  ...more,
})

describe('identifiers that the destination rejects in run after run', () => {
  let half: SyncHarness
  let refused: Set<string>

  beforeEach(async () => {
    half = await startSyncHarness()
    refused = new Set()
    half.remote.refuse = (identifier) => refused.has(formatIdentifier(identifier))
    await policy({ tries: 2 })
    await half.customers([1, 2, 3].map((id) => customer(id)))
  })
  afterEach(() => half.close())

  const policy = async (rejected: { tries: number } | undefined, more: object = {}): Promise<void> => {
    const guards = { max_removed: '100%', min_members: 0 }
    const body = { ...definitions.sync, guards, ...(rejected ? { rejected } : {}), ...more }
    await half.sync.putSync({ name: 'people', body, dryRun: false })
  }
  /** What was sent in a run, and whether it was rejected. */
  const sent = async () => {
    const run = await half.go()
    expect(run.status).toBe('done')
    expect(run.sums.planned).toBe(run.sums.accepted + run.sums.rejected + run.sums.pending)
    return {
      planned: run.sums.planned,
      rejected: run.sums.rejected,
      setAside: run.plan?.counts.setAside ?? { removed: 0, added: 0, coupled: 0 },
    }
  }
  const listed = async () =>
    (await half.sync.rejected('people', { after: null, limit: 100 })).rows.map((row) => [
      row.operation,
      formatIdentifier(row.identifier),
      row.tries,
      row.setAside,
    ])
  const none = { removed: 0, added: 0, coupled: 0 }

  it('are sent in as many runs as the sync says, then set aside, counted, and listed with the reason', async () => {
    refused.add('C-2')
    expect(await sent()).toEqual({ planned: 3, rejected: 1, setAside: none })
    expect(await listed()).toEqual([['add', 'C-2', 1, false]])
    expect(await sent()).toEqual({ planned: 1, rejected: 1, setAside: none })
    expect(await listed()).toEqual([['add', 'C-2', 2, true]])
    for (let run = 3; run < 5; run++) {
      expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: { ...none, added: 1 } })
    }
    const last = await half.go('plan')
    expect(last.message).toBe('nothing to send: 1 change is set aside, rejected again and again')
    expect(last.plan?.counts).toMatchObject({ rows: { members: 3 }, unchanged: 2, added: 0 })
    const { rows, tries } = await half.sync.rejected('people', { after: null, limit: 1, setAside: true })
    expect({ rows, tries }).toEqual({
      tries: 2,
      rows: [
        {
          operation: 'add',
          identifier: { kind: 'external_id', value: 'C-2' },
          rowKey: '2',
          tries: 2,
          setAside: true,
          reason: expect.stringMatching(/^400 /),
          firstRun: 1,
          lastRun: 2,
        },
      ],
    })
    expect(half.members()).toEqual(['C-1', 'C-3'])
    expect(await half.sync.figures()).toMatchObject([{ sync: 'people', set_aside: 1, members: 2 }])
  })

  it('are told of by the story of the person, and saved as a file', async () => {
    refused.add('C-2')
    await sent()
    await sent()
    const identifier: Identifier = { kind: 'external_id', value: 'C-2' }
    expect(await half.sync.stories([identifier])).toMatchObject([
      { accepted: false, rejected: [{ operation: 'add', tries: 2, setAside: true, lastRun: 2 }] },
    ])
    const file = await half.sync.exportRejected('people', 'csv')
    const [head, row] = (await readFile(file.path, 'utf8')).split('\n')
    await file.discard()
    expect(head).toBe('operation,namespace,value,row_key,tries,set_aside,reason,first_run,last_run')
    expect(row).toMatch(/^add,external_id,C-2,2,2,true,"?400 .*,1,2$/)
  })

  it('are tried again by every run without a policy, which is known to whoever sets one later', async () => {
    await policy(undefined)
    refused.add('C-2')
    for (let run = 1; run <= 3; run++) expect(await sent()).toMatchObject({ rejected: 1 })
    expect(await listed()).toEqual([['add', 'C-2', 3, false]])
    await policy({ tries: 3 })
    expect(await sent()).toMatchObject({ planned: 0, setAside: { added: 1 } })
  })

  it('are forgotten once they are accepted', async () => {
    refused.add('C-2')
    await sent()
    refused.clear()
    expect(await sent()).toMatchObject({ planned: 1, rejected: 0 })
    expect(await listed()).toEqual([])
    expect(half.members()).toEqual(['C-1', 'C-2', 'C-3'])
  })

  describe('and are set aside are tried again', () => {
    beforeEach(async () => {
      refused.add('C-2')
      await sent()
      await sent()
      expect(await sent()).toMatchObject({ planned: 0, setAside: { added: 1 } })
    })
    const tried = { planned: 1, rejected: 1, setAside: none }

    it('when somebody asks, as often as before', async () => {
      expect(await half.sync.retryRejected('people')).toBe(1)
      expect(await listed()).toEqual([])
      expect(await sent()).toEqual(tried)
      expect(await sent()).toEqual(tried)
      expect(await sent()).toMatchObject({ planned: 0, setAside: { added: 1 } })
    })

    it('when somebody asks while a plan that leaves them out waits: it does not bring back what was forgotten', async () => {
      await half.customers([1, 2, 3, 4].map((id) => customer(id)))
      const plan = await half.go('plan')
      expect(plan.plan?.counts).toMatchObject({ added: 1, setAside: { added: 1 } })
      await half.sync.retryRejected('people')
      expect(await half.apply(plan)).toMatchObject({ status: 'done', sums: { planned: 1, accepted: 1 } })
      expect(await sent()).toEqual(tried)
    })

    it('when N is raised', async () => {
      await policy({ tries: 3 })
      expect(await sent()).toEqual(tried)
      expect(await sent()).toMatchObject({ planned: 0, setAside: { added: 1 } })
    })

    it('by a full resync, a reconciliation, and after the cohort was forgotten', async () => {
      for (const kind of ['full_resync', 'reconcile'] as const) {
        const run = await half.sync.run(String((await half.sync.begin('people', true, { kind })).id), 60_000)
        expect(run).toMatchObject({ status: 'done', sums: { rejected: 1 } })
        expect(await listed()).toEqual([['add', 'C-2', 1, false]])
        expect(await sent()).toEqual(tried)
        expect(await sent()).toMatchObject({ planned: 0 })
      }
      await half.sync.forget('people')
      expect(await sent()).toEqual({ planned: 3, rejected: 1, setAside: none })
    })

    it('when another row gives them', async () => {
      await half.customers([customer(1), customer(3), customer(7, { external_id: 'C-2' })])
      expect(await sent()).toEqual(tried)
      expect(await listed()).toEqual([['add', 'C-2', 1, false]])
    })

    it('when they have left the model and come again', async () => {
      await half.customers([customer(1), customer(3)])
      expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: none })
      expect(await listed()).toEqual([])
      await half.customers([1, 2, 3].map((id) => customer(id)))
      expect(await sent()).toEqual(tried)
    })

    it('when the destination has moved: everybody is sent there, as often as before', async () => {
      const elsewhere = await startCohortServer()
      elsewhere.refuse = (identifier) => refused.has(formatIdentifier(identifier))
      try {
        const { partnerApiKey, dataImportKey } = elsewhere.keys
        const config = {
          rest_endpoint: elsewhere.url,
          partner_api_key: partnerApiKey,
          data_import_key: dataImportKey,
        }
        await half.sync.putDestination({
          name: 'braze',
          body: { type: 'braze-cohorts', config },
          dryRun: false,
        })
        expect(await sent()).toEqual({ planned: 3, rejected: 1, setAside: none })
        expect(await sent()).toEqual(tried)
        expect(await sent()).toMatchObject({ planned: 0, setAside: { added: 1 } })
      } finally {
        await elsewhere.close()
      }
    })

    it('when the sync turns to another cohort, and when what is known of them is damaged', async () => {
      const folder = join(half.directory, 'sync')
      const kept = (await readdir(folder, { recursive: true })).filter((name) => /rejected\/run-/.test(name))
      expect(kept.length).toBeGreaterThan(0)
      for (const name of kept) await truncate(join(folder, name), 5)
      expect(await sent()).toEqual(tried)
      expect(await listed()).toEqual([['add', 'C-2', 1, false]])
      await policy({ tries: 2 }, { cohort: { existing: 'another' } })
      expect(await listed()).toEqual([])
    })
  })

  it('stay in where their removal is rejected, and do not have the other identifier of their row sent for ever', async () => {
    await half.customers([customer(1, { external_id: null, crm: 'A-1' }), customer(2), customer(3)])
    await sent()
    refused.add('alias:crm:A-1')
    await half.customers([customer(1), customer(2), customer(3)])
    expect(await sent()).toMatchObject({ planned: 2, rejected: 1 })
    // C-1 is asserted again, because the removal might drop the same person.
    expect(await sent()).toMatchObject({ planned: 2, rejected: 1 })
    expect(await listed()).toEqual([['remove', 'alias:crm:A-1', 2, true]])
    expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: { ...none, removed: 1 } })
    expect(half.members()).toEqual(['C-1', 'C-2', 'C-3', 'alias:crm:A-1'])
    refused.clear()
    await half.sync.retryRejected('people')
    expect(await sent()).toMatchObject({ planned: 2, rejected: 0 })
    expect(half.members()).toEqual(['C-1', 'C-2', 'C-3'])
  })

  it('are removals of a sync that only takes people out', async () => {
    await policy({ tries: 2 }, { mode: 'remove_only' })
    refused.add('C-2')
    expect(await sent()).toEqual({ planned: 3, rejected: 1, setAside: none })
    expect(await sent()).toEqual({ planned: 1, rejected: 1, setAside: none })
    expect(await listed()).toEqual([['remove', 'C-2', 2, true]])
    expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: { ...none, removed: 1 } })
    expect((await half.go('plan')).plan?.counts).toMatchObject({ rows: { members: 3 }, unchanged: 2 })
  })

  it('leave nobody outside: an identifier stays in while the one that takes its place is set aside', async () => {
    // Row 1 names C-1 and it is set aside; row 2 stands under an alias that is accepted.
    refused.add('C-1')
    await half.customers([customer(1), customer(2, { external_id: null, crm: 'A-2' })])
    await sent()
    await sent()
    expect(half.members()).toEqual(['alias:crm:A-2'])
    await half.customers([customer(1), customer(2, { external_id: 'C-1' })])
    expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: { removed: 0, added: 1, coupled: 1 } })
    expect(half.members()).toEqual(['alias:crm:A-2'])
    // The row is gone: nothing takes its place any more.
    await half.customers([customer(1)])
    expect(await sent()).toEqual({ planned: 1, rejected: 0, setAside: { ...none, added: 1 } })
    expect(half.members()).toEqual([])
  })

  it('are not judged by guards, nor tried by a canary', async () => {
    refused.add('C-2')
    await sent()
    await sent()
    await policy({ tries: 2 }, { canary: { first: 1, max_rejected: 0 }, guards: { max_added_count: 1 } })
    await half.customers([1, 2, 3, 4].map((id) => customer(id)))
    expect(await sent()).toEqual({ planned: 1, rejected: 0, setAside: { ...none, added: 1 } })
  })

  it('are counted once in a run that its canary held', async () => {
    await policy({ tries: 2 }, { canary: { first: 1, max_rejected: 0 } })
    refused.add('C-1').add('C-2').add('C-3')
    const run = await half.go()
    expect(run).toMatchObject({ status: 'held', sums: { rejected: 1, pending: 2 } })
    expect(await listed()).toHaveLength(1)
    expect(await half.apply(run, true)).toMatchObject({ status: 'done', sums: { rejected: 3 } })
    expect((await listed()).map(([, id, tries]) => [id, tries])).toEqual([
      ['C-1', 1],
      ['C-2', 1],
      ['C-3', 1],
    ])
  })

  it('are as they were after an undo of another run', async () => {
    refused.add('C-2')
    await sent()
    await sent()
    await half.customers([1, 2, 3, 4].map((id) => customer(id)))
    const run = await half.go()
    expect(run).toMatchObject({ sums: { planned: 1, accepted: 1 } })
    const undo = await half.sync.undo(String(run.id), true)
    expect(await half.sync.run(String(undo.id), 60_000)).toMatchObject({
      status: 'done',
      sums: { accepted: 1 },
    })
    expect(await listed()).toEqual([['add', 'C-2', 2, true]])
  })

  it.each(syncEngines.filter((engine) => engine !== 'local'))(
    'are the same to the engine %s',
    async (engine) => {
      await policy({ tries: 2 }, { engine })
      refused.add('C-2')
      expect(await sent()).toMatchObject({ planned: 3, rejected: 1 })
      expect(await sent()).toMatchObject({ planned: 1, rejected: 1 })
      await half.customers([2, 3, 4].map((id) => customer(id)))
      expect(await sent()).toEqual({ planned: 2, rejected: 0, setAside: { ...none, added: 1 } })
      expect(await sent()).toEqual({ planned: 0, rejected: 0, setAside: { ...none, added: 1 } })
      refused.clear()
      await half.sync.retryRejected('people')
      expect(await sent()).toEqual({ planned: 1, rejected: 0, setAside: none })
      expect(half.members()).toEqual(['C-2', 'C-3', 'C-4'])
    },
  )
})
