import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { deleteCohort } from './change-cohort.ts'
import { growthOf, listChanges, membersAt } from './cohort-history.ts'
import { getCohort } from './cohort-store.ts'
import { deleteUsers } from './delete-users.ts'
import { forgetRequests } from './forget-requests.ts'
import { importCohort } from './import-cohort.ts'
import { getImport } from './import-store.ts'
import { listMemberships } from './memberships.ts'
import { mergeProfiles } from './merge-profiles.ts'
import { putSegment } from './segment-store.ts'

const partner = 'hightouch'
const hour = 3_600_000
const start = Date.UTC(2026, 10, 23)

describe('the history of a cohort', () => {
  let database: TestDatabase
  let cohorts = 0
  beforeAll(async () => {
    database = await openTestDatabase('engage')
    await makeProfiles(1, 8)
  })
  afterAll(() => database.close())

  const makeProfiles = (from: number, to: number) =>
    database.half.rows(sql`
      insert into engage.profile (workspace_id, profile_id, external_id, created_at, updated_at)
      select 1, i, 'u' || i, now(), now() from generate_series(${from}::int, ${to}::int) i`)

  interface Step {
    readonly add: readonly number[]
    readonly remove: readonly number[]
  }
  const send = async (cohortId: string, { add, remove }: Step, now: number) => {
    const idOf = (i: number) => ({ kind: 'external_id', value: `u${i}` }) as const
    const changes = [
      ...add.map((i) => ({ identifier: idOf(i), remove: false })),
      ...remove.map((i) => ({ identifier: idOf(i), remove: true })),
    ]
    const requestId = randomUUID()
    await importCohort(database.half, { requestId, partner, request: { cohortId, changes }, now })
    return requestId
  }
  const at = async (cohort: number, instant: number) => {
    const found: number[] = []
    for (;;) {
      const after = found.at(-1) ?? 0
      const page = await membersAt(database.half, { cohort, at: instant, after, limit: 3 })
      found.push(...page.members.map(({ profile_id }) => profile_id))
      if (page.members.length < 3) return { count: page.count, members: found }
    }
  }

  it('gives the members as of each time and the growth that a log of sets gives', async () => {
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 5 })
    const steps = fc.array(fc.record({ add: some, remove: some }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const cohortId = `p${++cohorts}`
        const states: number[][] = []
        let members = new Set<number>()
        // Somebody joins first, so that the cohort exists.
        for (const [place, step] of [{ add: [8], remove: [] }, ...given].entries()) {
          await send(cohortId, step, start + place * hour)
          members = new Set([...members, ...step.add].filter((i) => !step.remove.includes(i)))
          states.push([...members].sort((a, b) => a - b))
        }
        const { cohort } = await getCohort(database.half, partner, cohortId)
        for (const [place, expected] of states.entries()) {
          const then = { count: expected.length, members: expected }
          expect(await at(cohort, start + place * hour + 1)).toEqual(then)
        }
        expect(await at(cohort, start - 1)).toEqual({ count: 0, members: [] })
        const now = start + (states.length - 1) * hour + 5
        const growth = await growthOf(database.half, { cohort, unit: 'hour', steps: states.length, now })
        expect(growth.map((one) => one.members)).toEqual(states.map((state) => state.length))
        expect(growth.reduce((sum, one) => sum + one.joined - one.gone, 0)).toBe(states.at(-1)?.length)
      }),
      { numRuns: 40 },
    )
  })

  it('says which request changed what, also of one person', async () => {
    const first = await send('who', { add: [1, 2], remove: [] }, start)
    await send('who', { add: [1, 2], remove: [] }, start + 1)
    const second = await send('who', { add: [], remove: [2] }, start + 2)
    const { cohort } = await getCohort(database.half, partner, 'who')
    const changes = await listChanges(database.half, { cohort, profileId: null, limit: 10 })
    expect(changes).toMatchObject([
      { import_id: second, cause: 'import', joins: 0, leaves: 1, at: start + 2 },
      { import_id: first, cause: 'import', joins: 2, leaves: 0, at: start },
    ])
    expect(await listChanges(database.half, { cohort, profileId: 1, limit: 10 })).toHaveLength(1)
  })

  it('knows of merges and deletions', async () => {
    await makeProfiles(101, 104)
    await send('life', { add: [101, 102, 103], remove: [] }, start)
    const { cohort } = await getCohort(database.half, partner, 'life')
    const pairs = [
      { from: 101, into: 102 },
      { from: 103, into: 104 },
    ]
    await database.half.transaction((tx) => mergeProfiles(tx, pairs, start + hour))
    await deleteUsers(database.half, [{ kind: 'external_id', value: 'u104' }], start + 2 * hour)
    expect(await at(cohort, start)).toEqual({ count: 3, members: [101, 102, 103] })
    expect(await at(cohort, start + hour)).toEqual({ count: 2, members: [102, 104] })
    expect(await at(cohort, start + 2 * hour)).toEqual({ count: 1, members: [102] })
    const changes = await listChanges(database.half, { cohort, profileId: null, limit: 10 })
    expect(changes.map(({ cause, joins, leaves }) => [cause, joins, leaves])).toEqual([
      ['deletion', 0, 1],
      ['merge', 1, 2],
      ['import', 3, 0],
    ])
  })

  it('forgets the ids of old requests, and not what they came to', async () => {
    const old = await send('old', { add: [3], remove: [] }, start)
    const young = await send('old', { add: [4], remove: [] }, start + 10 * hour)
    const forget = () => forgetRequests(database.half, { now: start + 11 * hour, keptMs: 5 * hour })
    while (await forget());
    const shown = await getImport(database.half, old)
    expect([shown.summary.added, shown.fates]).toEqual([1, []])
    expect((await getImport(database.half, young)).fates).toHaveLength(1)
    const memberships = await listMemberships(database.half, 3)
    expect(memberships.filter(({ cohort_id }) => cohort_id === 'old')).toHaveLength(1)
    const { cohort } = await getCohort(database.half, partner, 'old')
    expect(await at(cohort, start)).toEqual({ count: 1, members: [3] })
  })

  it('deletes a cohort, but not while a segment uses it', async () => {
    await send('used', { add: [1], remove: [] }, start)
    const filter = { kind: 'cohort', partner, cohort_id: 'used', operator: 'includes' } as const
    await putSegment(database.half, { name: 'loyal', filter, now: start })
    const remove = () => deleteCohort(database.half, { partner, cohortId: 'used' })
    await expect(remove()).rejects.toThrow('the cohort "used" is used by loyal')
    await database.half.rows(sql`delete from engage.segment where name = 'loyal'`)
    expect(await remove()).toMatchObject({ members: 1 })
    await expect(getCohort(database.half, partner, 'used')).rejects.toThrow('has no cohort')
    await send('used', { add: [2], remove: [] }, start)
    const { cohort } = await getCohort(database.half, partner, 'used')
    expect(await at(cohort, start)).toEqual({ count: 1, members: [2] })
  })
})
