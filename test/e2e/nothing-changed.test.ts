import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { syncEngines } from '@muster/core/sync/engine.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

describe.each(syncEngines)('a sync by the engine %s of which nothing has changed', (engine) => {
  let half: SyncHarness
  beforeEach(async () => {
    half = await startSyncHarness()
    const body = { ...definitions.sync, engine }
    await half.sync.putSync({ name: 'people', body, dryRun: false })
    await half.warehouse(
      "select n as id, 'C-' || n as external_id, null as crm, null as device from range(2000) as person (n)",
    )
    expect(await half.go()).toMatchObject({ status: 'done', sums: { accepted: 2_000 } })
    await half.sync.writeLedgers()
  })
  afterEach(() => half.close())

  const files = async (): Promise<string[]> => {
    const all = await readdir(join(half.directory, 'sync'), { recursive: true, withFileTypes: true })
    return all
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  }

  /** Once nothing of a run that has ended is being deleted any more. */
  const settledFiles = async (): Promise<string[]> => {
    await expect
      .poll(async () => (await files()).some((path) => path.includes('-read')), { timeout: 5_000 })
      .toBe(false)
    return files()
  }

  it('writes nothing but the record of its plan', async () => {
    const before = await settledFiles()
    const plan = await half.go('plan')
    expect(plan.plan).toMatchObject({ verdict: 'empty', counts: { unchanged: 2_000, added: 0, removed: 0 } })
    // What was read is deleted a moment after the run is settled.
    await expect.poll(files, { timeout: 5_000 }).toEqual(before)
  })

  it('sends nothing and keeps its state when it runs', async () => {
    const before = await settledFiles()
    const { state_version: version } = await half.sync.sync('people')
    const sent = half.remote.seen.length
    expect(await half.go()).toMatchObject({ status: 'done', sums: { planned: 0, requests: 0 } })
    expect(half.remote.seen.length).toBe(sent)
    expect((await half.sync.sync('people')).state_version).toBe(version)
    await expect.poll(files, { timeout: 5_000 }).toEqual(before)
  })

  it('resends nothing when the model has another column, and its rows come in another order', async () => {
    const sql = 'select device, crm, 7 as score, external_id, id from customers order by id desc'
    await half.sync.putModel({ name: 'people', body: { ...definitions.model, sql }, dryRun: false })
    expect((await half.go('plan')).plan).toMatchObject({ verdict: 'empty', counts: { unchanged: 2_000 } })
  })
})
