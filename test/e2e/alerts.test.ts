import {
  startWebhookReceiver,
  type WebhookReceiver,
} from '@muster/connectors/conformance/webhook-receiver.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

describe('alerts', () => {
  let harness: SyncHarness
  let ops: WebhookReceiver
  let ahead = 0

  beforeEach(async () => {
    ahead = 0
    ops = await startWebhookReceiver()
    harness = await startSyncHarness({ clock: () => Date.now() + ahead })
    await harness.sync.putNotifier({
      name: 'ops',
      body: { type: 'webhook', config: { url: ops.url, secret: ops.secret } },
      dryRun: false,
    })
    await define({ to: ['ops'], no_change_for: '2d' })
    await harness.customers([{ id: 1, external_id: 'a', crm: null, device: null }])
  })
  afterEach(async () => {
    await harness.close()
    await ops.close()
  })

  const define = (alerts: object) =>
    harness.sync.putSync({ name: 'people', body: { ...definitions.sync, alerts }, dryRun: false })
  const kinds = async (): Promise<string[]> => (await harness.sync.alerts()).map(({ kind }) => kind)
  const told = (): string[] => ops.notices.map(({ type, alert }) => `${type} ${alert}`)
  /** The loops of a server look every five seconds; here they are told to look. */
  const look = () => harness.sync.watch()

  it('are told once when a run fails, and once when the next one does not', async () => {
    await harness.warehouse('select 1 as id')
    await harness.go()
    await look()
    await harness.go()
    await look()
    await look()
    expect(await kinds()).toEqual(['failed'])
    expect(told()).toEqual(['alert.raised failed'])
    await harness.customers([{ id: 1, external_id: 'a', crm: null, device: null }])
    await harness.go()
    await look()
    expect(await kinds()).toEqual([])
    expect(told()).toEqual(['alert.raised failed', 'alert.recovered failed'])
  })

  it('stand among the figures of the sync', async () => {
    await harness.go()
    await harness.customers([])
    await harness.go()
    await look()
    expect(await harness.sync.figures()).toEqual([
      {
        sync: 'people',
        members: 1,
        accepted: 1,
        rejected: 0,
        pending: 0,
        set_aside: 0,
        last_success: expect.any(Number),
        last_seconds: expect.any(Number),
        alerts: ['held'],
        runs: { done: 1, held: 1 },
      },
    ])
  })

  it('are told of a run that a guard holds', async () => {
    await harness.go()
    await harness.customers([])
    await harness.go()
    await look()
    expect(told()).toEqual(['alert.raised held'])
    expect(ops.notices[0]?.message).toMatch(/is held by a guard: .*0 members/)
  })

  it('are told when nothing was accepted for too long', async () => {
    await harness.go()
    ahead = 47 * 3_600_000
    await look()
    expect(await kinds()).toEqual([])
    ahead = 49 * 3_600_000
    await look()
    expect(told()).toEqual(['alert.raised stale'])
  })

  it('take a run that is held by its canary for no end: what has changed last is the run before', async () => {
    ahead = 3 * 86_400_000
    await harness.go()
    const rule = { canary: { first: 1, min_matched: 1 }, alerts: { to: ['ops'], no_change_for: '2d' } }
    await harness.sync.putSync({ name: 'people', body: { ...definitions.sync, ...rule }, dryRun: false })
    const more = ['a', 'b', 'c'].map((external_id, id) => ({ id, external_id, crm: null, device: null }))
    await harness.customers(more)
    expect(await harness.go()).toMatchObject({ status: 'held', sums: { accepted: 1 } })
    await look()
    expect(await kinds()).toEqual(['held'])
  })

  it('wait for a notifier that does not answer, and are then told once', async () => {
    await harness.warehouse('select 1 as id')
    await harness.go()
    ops.faults.push({ kind: 'reset' }, { kind: 'status', status: 503 })
    await look()
    ahead = 15_000
    await look()
    expect(told()).toEqual([])
    ahead = 60_000
    await look()
    ahead = 3_600_000
    await look()
    expect(told()).toEqual(['alert.raised failed'])
  })

  it('can be seen with what was told to whom and what waits, for some time', async () => {
    const seen = async () =>
      (await harness.sync.notices({ sync: 'people', limit: 9 })).map(
        ({ notifier, notice, status, attempts, answer }) => [
          notifier,
          notice.event,
          status,
          attempts,
          answer,
        ],
      )
    await harness.warehouse('select 1 as id')
    await harness.go()
    ops.faults.push({ kind: 'status', status: 503 })
    await look()
    expect(await seen()).toEqual([['ops', 'raised', 'pending', 1, 'fault']])
    ahead = 60_000
    await look()
    expect(await seen()).toEqual([['ops', 'raised', 'told', 2, null]])
    ops.faults.push({ kind: 'status', status: 400 })
    await harness.customers([{ id: 1, external_id: 'a', crm: null, device: null }])
    await harness.go()
    await look()
    expect((await seen())[0]).toEqual(['ops', 'recovered', 'refused', 1, 'fault'])
    ahead = 91 * 86_400_000
    await look()
    expect((await seen()).map(([, event]) => event)).toEqual(['raised'])
  })

  it('are told by two servers at once no more often than by one', async () => {
    const second = harness.open()
    await harness.warehouse('select 1 as id')
    await harness.go()
    await Promise.all([look(), second.watch(), look(), second.watch()])
    await look()
    await second.close()
    expect(told()).toEqual(['alert.raised failed'])
  })

  it('end without a word when the sync has no rules any more', async () => {
    await harness.warehouse('select 1 as id')
    await harness.go()
    await look()
    await harness.sync.putSync({ name: 'people', body: definitions.sync, dryRun: false })
    await look()
    expect(await kinds()).toEqual([])
    expect(told()).toEqual(['alert.raised failed'])
  })

  it('need a notifier that there is', async () => {
    await expect(define({ to: ['nobody'] })).rejects.toMatchObject({
      code: 'no_notifier',
      hint: 'There are: ops.',
    })
  })

  it('can be tested', async () => {
    expect(await harness.sync.testNotifier('ops')).toMatchObject({ ok: true })
    ops.faults.push({ kind: 'status', status: 500 })
    expect(await harness.sync.testNotifier('ops')).toMatchObject({ ok: false })
    expect(JSON.stringify(await harness.sync.notifiers())).not.toContain('canary')
  })
})
