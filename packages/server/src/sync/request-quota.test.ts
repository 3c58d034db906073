import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { openRequestQuota } from './request-quota.ts'

const eight = Date.UTC(2026, 10, 24, 8)

describe('the requests of an hour', () => {
  let database: TestDatabase
  let now = eight
  beforeAll(async () => {
    database = await openTestDatabase('sync')
    await database.half.rows(sql`
      insert into sync.destination (name, type, config, updated_at)
      select name, 'braze-cohorts', '{}', now() from unnest(array['a', 'b', 'c']) as name`)
  })
  afterAll(() => database.close())

  const open = (destination: string, perHour: number) =>
    openRequestQuota(database.half, { destination, perHour, clock: () => now })
  const takeAll = async (quota: ReturnType<typeof open>, most = 1_000): Promise<number> => {
    let taken = 0
    while (taken < most && (await quota.take()) === null) taken++
    return taken
  }

  it('are shared by everybody who sends to the destination, and begin anew with the next hour', async () => {
    now = eight
    const [one, other] = [open('a', 250), open('a', 250)]
    const taken = await Promise.all([takeAll(one), takeAll(other), takeAll(one)])
    expect(taken.reduce((sum, count) => sum + count)).toBe(250)
    expect(await one.take()).toBe(eight + 3_600_000)
    expect(await open('a', 250).take()).toBe(eight + 3_600_000)
    now = eight + 3_600_000
    expect(await takeAll(other)).toBe(250)
  })

  it('of one destination are none of another', async () => {
    now = eight
    expect(await takeAll(open('b', 30))).toBe(30)
    expect(await open('c', 30).take()).toBeNull()
  })

  it('that were taken before the hour ended are not sent after it', async () => {
    now = eight
    const quota = open('c', 1_000)
    await quota.take()
    now = eight + 3_600_000
    await quota.take()
    const [row] = await database.half.rows<{ taken: number }>(
      sql`select taken from sync.request_quota where destination = 'c'`,
    )
    expect(row?.taken).toBe(100)
  })
})
