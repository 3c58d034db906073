import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const morning = Date.UTC(2026, 10, 24, 5, 59)

describe('a sync that runs by itself', () => {
  let harness: SyncHarness
  let now = morning
  beforeEach(async () => {
    now = morning
    harness = await startSyncHarness({ clock: () => now })
    await harness.customers([{ id: 1, external_id: 'a', crm: null, device: null }])
  })
  afterEach(() => harness.close())

  const define = (name: string, schedule: unknown) =>
    harness.sync.putSync({
      name,
      body: { ...definitions.sync, cohort: { create: name }, schedule },
      dryRun: false,
    })
  const runsOf = async (sync: string): Promise<number> =>
    (await harness.sync.runs({ sync, limit: 50 })).filter(({ status }) => status === 'done').length
  const settles = (sync: string, runs: number) =>
    expect.poll(() => runsOf(sync), { timeout: 15_000, interval: 100 }).toBe(runs)

  it('by cron begins when its time comes in its time zone', async () => {
    await define('daily', { cron: '0 7 * * *', time_zone: 'Europe/Madrid' })
    expect((await harness.sync.sync('daily')).next_run_at).toBe(morning + 60_000)
    harness.sync.start()
    now = morning + 60_000
    await settles('daily', 1)
    expect((await harness.sync.sync('daily')).next_run_at).toBe(morning + 60_000 + 86_400_000)
  })

  it('after another follows each good run of it once, and none from before', async () => {
    await define('first', 'manual')
    await harness.sync.begin('first', true).then(({ id }) => harness.sync.run(String(id), 30_000))
    await define('second', { after: 'first' })
    await define('third', { after: 'second' })
    harness.sync.start()
    await harness.sync.begin('first', true).then(({ id }) => harness.sync.run(String(id), 30_000))
    await settles('second', 1)
    await settles('third', 1)
    // A plan that nobody applied and a failed run are no good run.
    await harness.sync.begin('first', false).then(({ id }) => harness.sync.run(String(id), 30_000))
    await harness.warehouse('select 1 as id')
    await harness.sync.begin('first', true).then(({ id }) => harness.sync.run(String(id), 30_000))
    await harness.customers([
      { id: 1, external_id: 'a', crm: null, device: null },
      { id: 2, external_id: 'b', crm: null, device: null },
    ])
    await harness.sync.begin('first', true).then(({ id }) => harness.sync.run(String(id), 30_000))
    await settles('second', 2)
    await settles('third', 2)
    expect(await runsOf('first')).toBe(3)
  })

  it('may not wait for itself, by way of others either', async () => {
    await define('a', 'manual')
    await define('b', { after: 'a' })
    await expect(define('a', { after: 'b' })).rejects.toMatchObject({
      code: 'schedule_circle',
      message: expect.stringContaining('a after b after a'),
    })
    await expect(define('a', { after: 'a' })).rejects.toMatchObject({ code: 'schedule_circle' })
    await expect(define('c', { after: 'nobody' })).rejects.toMatchObject({ code: 'no_sync' })
  })

  it('refuses a pattern or a zone that there is not', async () => {
    await expect(define('a', { cron: '0 7 * *' })).rejects.toMatchObject({ kind: 'invalid' })
    await expect(define('a', { cron: '0 7 * * *', time_zone: 'Mars' })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })
})
