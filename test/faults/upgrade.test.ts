import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'

/** What a Muster of before wrote: no fingerprint of the hash, and nothing of whose rows are shared or how long it takes. */
async function asBefore({ database }: SyncHarness): Promise<void> {
  await database.owner.rows(sql`
    update sync.run set changes = changes - 'hashing' - 'standing', plan = plan - 'seconds' - 'note', cause = null`)
  await database.owner.rows(sql`update sync.sync set state = state - 'hashing' - 'unshared'`)
}

describe('a Muster that is replaced by a newer one in the middle of a run (SE-23)', () => {
  let half: SyncHarness
  beforeEach(async () => {
    half = await startSyncHarness()
  })
  afterEach(() => half.close())

  const people = (from: number, to: number): Promise<void> => half.warehouse(selectPeople(from, to))
  const ids = (from: number, to: number): string[] => [...idsOf(from, to)].sort()

  it('has the run that is half sent finished by the newer one, and what was accepted before is known', async () => {
    await people(0, 10_000)
    expect(await half.go()).toMatchObject({ status: 'done' })
    await people(1_000, 21_000)
    half.remote.delayMs = 40
    const run = await half.sync.begin('people', true)
    const sent = half.remote.seen.length
    while (half.remote.seen.length < sent + 4) await new Promise((done) => setTimeout(done, 5))
    await half.sync.close()
    await asBefore(half)

    half.remote.delayMs = 0
    half.sync = half.open()
    half.sync.start()
    const ended = await half.sync.run(String(run.id), 60_000)
    expect(ended).toMatchObject({ status: 'done', sums: { planned: 12_000, accepted: 12_000, pending: 0 } })
    expect(half.members()).toEqual(ids(1_000, 21_000))

    await people(2_000, 21_000)
    expect((await half.go()).plan?.counts).toMatchObject({ removed: 1_000, added: 0, unchanged: 19_000 })
    expect(half.members()).toEqual(ids(2_000, 21_000))
    expect((await half.go('plan')).plan).toMatchObject({ verdict: 'empty', counts: { unchanged: 19_000 } })
  }, 120_000)

  it('has a plan that stands applied byte for byte by the newer one', async () => {
    await people(0, 3_000)
    const planned = await half.go('plan')
    await half.sync.close()
    await asBefore(half)
    half.sync = half.open()
    expect(await half.apply(planned)).toMatchObject({
      status: 'done',
      sums: { planned: 3_000, accepted: 3_000 },
    })
    expect(half.members()).toEqual(ids(0, 3_000))
  }, 60_000)
})
