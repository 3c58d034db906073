import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const now = Date.UTC(2026, 10, 24, 12)

describe('a sync with guards of its data', () => {
  let harness: SyncHarness
  beforeEach(async () => {
    harness = await startSyncHarness({ clock: () => now })
  })
  afterEach(() => harness.close())

  const define = (guards: object): Promise<unknown> =>
    harness.sync.putSync({ name: 'people', body: { ...definitions.sync, guards }, dryRun: false })
  const people = (count: number, updatedAt = 'null'): Promise<void> =>
    harness.warehouse(
      `select i as id, 'c' || i as external_id, null as crm, null as device, ${updatedAt} as updated_at
       from range(${count}) as r (i)`,
    )

  describe('by their age', () => {
    beforeEach(async () => {
      await people(3, "timestamp '2026-11-24 09:00:00'")
      const sql = 'select id, external_id, crm, device, updated_at from customers'
      await harness.sync.putModel({ name: 'people', body: { ...definitions.model, sql }, dryRun: false })
    })

    it('sends data that is new enough, and holds what has stopped moving', async () => {
      await define({ max_age: { column: 'updated_at', than: '4h' } })
      expect(await harness.go()).toMatchObject({ status: 'done' })
      await define({ max_age: { column: 'updated_at', than: '2h' } })
      expect(await harness.go()).toMatchObject({
        status: 'held',
        message: expect.stringContaining('the newest updated_at is 2026-11-24T09:00:00.000Z, 3h old'),
      })
    })

    it('holds data of no known age', async () => {
      await define({ max_age: { column: 'updated_at', than: '4h' } })
      await people(3, 'null::timestamp')
      expect(await harness.go()).toMatchObject({
        status: 'held',
        message: expect.stringContaining('no row has a time in updated_at'),
      })
    })

    it('fails with the name of a column that holds no time, or is not there', async () => {
      await define({ max_age: { column: 'external_id', than: '4h' } })
      expect(await harness.go()).toMatchObject({
        status: 'failed',
        message: expect.stringContaining('external_id is no time'),
      })
      await define({ max_age: { column: 'changed_at', than: '4h' } })
      expect(await harness.go()).toMatchObject({
        status: 'failed',
        message: expect.stringContaining('changed_at'),
      })
      expect(harness.remote.seen).toEqual([])
    })
  })

  it('by what is usual holds a model that has shrunk or grown beyond it, once three runs have ended well', async () => {
    await define({ max_removed: 1, max_deviation: 0.5 })
    for (const count of [10, 20, 12]) {
      await people(count)
      expect(await harness.go()).toMatchObject({ status: 'done' })
    }
    await people(19)
    expect(await harness.go()).toMatchObject({
      status: 'held',
      message: expect.stringContaining('the model gives 19 members and usually 12 (58.3% away)'),
    })
    await people(18)
    expect(await harness.go()).toMatchObject({ status: 'done' })
  })
})
