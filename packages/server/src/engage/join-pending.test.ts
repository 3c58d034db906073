import { randomUUID } from 'node:crypto'
import type { MembershipChange } from '@muster/core/engage/membership.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { changeCohort } from './change-cohort.ts'
import { getCohort, listMembers } from './cohort-store.ts'
import { importCohort } from './import-cohort.ts'
import { joinPending } from './join-pending.ts'
import { openSessions } from './open-sessions.ts'
import { createAliasOnly } from './profile-store.ts'

const now = Date.UTC(2026, 10, 23)
const partner = 'hightouch'

describe('pending membership', () => {
  let database: TestDatabase
  let cohortId: string
  let cohorts = 0
  beforeAll(async () => {
    database = await openTestDatabase('engage')
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    cohortId = `c${++cohorts}`
    await send([external('first')])
    await changeCohort(database.half, { partner, cohortId }, { keepsUnknown: true })
  })

  const external = (value: string, remove = false): MembershipChange => ({
    identifier: { kind: 'external_id', value },
    remove,
  })
  const send = (changes: readonly MembershipChange[]) =>
    importCohort(database.half, { requestId: randomUUID(), partner, request: { cohortId, changes }, now })
  const create = (...ids: string[]) =>
    database.half.rows(sql`
      insert into engage.profile (workspace_id, external_id, created_at, updated_at)
      select 1, n, now(), now() from unnest(${ids}::text[]) n`)
  const joinAll = async () => {
    while ((await joinPending(database.half, now)) > 0);
  }
  const memberIds = async () => {
    const { cohort } = await getCohort(database.half, partner, cohortId)
    const rows = await listMembers(database.half, { cohort, after: 0, limit: 100 })
    return rows.map(({ external_id }) => external_id)
  }

  it('lets a remembered external_id, alias and device join when somebody gets that name', async () => {
    const id = (name: string) => `${cohortId}-${name}`
    await send([
      external(id('ann')),
      external(id('bob')),
      { identifier: { kind: 'alias', label: 'crm', name: id('a') }, remove: false },
      { identifier: { kind: 'device_id', value: id('d') }, remove: false },
    ])
    await create(id('ann'), id('other'))
    await database.half.transaction((tx) => createAliasOnly(tx, [{ label: 'crm', name: id('a') }], now))
    const session = (deviceId: string, userId: string | null) => ({ deviceId, userId, attributes: new Map() })
    await openSessions(database.half, [session(id('d'), null), session(id('e'), null)], now)
    await openSessions(database.half, [session(id('e'), id('bob'))], now)
    expect(await memberIds()).toEqual([])
    await joinAll()
    expect((await memberIds()).toSorted()).toEqual([id('ann'), id('bob'), null, null])
    const left = await database.half.rows(sql`
      select from engage.cohort_pending where identifier like ${`${cohortId}-%`}`)
    expect(left).toEqual([])
  })

  it('forgets an id that was removed, also when its profile has just appeared', async () => {
    const [early, late] = [`${cohortId}-early`, `${cohortId}-late`]
    await send([external(early), external(late), external(early, true)])
    await create(early, late)
    await send([external(late, true)])
    await joinAll()
    expect(await memberIds()).toEqual([])
  })

  it('looks once more at an id whose profile was made at the same time', async () => {
    const id = `${cohortId}-racing`
    let made = (): void => {}
    const isMade = new Promise<void>((done) => {
      made = done
    })
    let end = (): void => {}
    const mayEnd = new Promise<void>((done) => {
      end = done
    })
    const creating = database.half.transaction(async (tx) => {
      await tx.rows(sql`
        insert into engage.profile (workspace_id, external_id, created_at, updated_at) values (1, ${id}, now(), now())`)
      made()
      await mayEnd
    })
    await isMade
    await send([external(id)])
    end()
    await creating
    await joinAll()
    expect(await memberIds()).toEqual([])
    await database.half.rows(sql`update engage.pending_due set not_before = now() - interval '1 s'`)
    await joinAll()
    expect(await memberIds()).toEqual([id])
  })

  it('remembers nothing for a cohort that does not ask for it, and forgets all when it no longer does', async () => {
    const id = `${cohortId}-x`
    await send([external(id)])
    await changeCohort(database.half, { partner, cohortId }, { keepsUnknown: false })
    await send([external(`${cohortId}-y`)])
    await create(id, `${cohortId}-y`)
    await joinAll()
    expect(await memberIds()).toEqual([])
  })
})
