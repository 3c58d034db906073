import { randomUUID } from 'node:crypto'
import { type Candidate, matchIdentifier, type ProfileIdentifier } from '@muster/core/engage/identity.ts'
import { applyImport, fates, type MembershipChange } from '@muster/core/engage/membership.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { importCohort } from './import-cohort.ts'
import { getImport } from './import-store.ts'

const now = Date.UTC(2026, 10, 23)
const partner = 'hightouch'

/**
 * 1 Ann: external_id, alias crm:a, device d1 · 2 anonymous: device d2 · 3 alias-only: crm:b · 4 anonymous: devices d3, d4
 */
const people: readonly { readonly id: ProfileIdentifier; readonly candidate: Candidate | null }[] = [
  { id: { kind: 'external_id', value: 'ann' }, candidate: { profileId: 1, identified: true } },
  { id: { kind: 'alias', label: 'crm', name: 'a' }, candidate: { profileId: 1, identified: true } },
  { id: { kind: 'device_id', value: 'd1' }, candidate: { profileId: 1, identified: true } },
  { id: { kind: 'device_id', value: 'd2' }, candidate: { profileId: 2, identified: false } },
  { id: { kind: 'alias', label: 'crm', name: 'b' }, candidate: { profileId: 3, identified: false } },
  { id: { kind: 'device_id', value: 'd3' }, candidate: { profileId: 4, identified: false } },
  { id: { kind: 'device_id', value: 'd4' }, candidate: { profileId: 4, identified: false } },
  { id: { kind: 'external_id', value: 'nobody' }, candidate: null },
  { id: { kind: 'external_id', value: 'd2' }, candidate: null },
  { id: { kind: 'device_id', value: 'ann' }, candidate: null },
  { id: { kind: 'alias', label: 'ann', name: 'a' }, candidate: null },
  { id: { kind: 'external_id', value: 'quote" \\ {brace},\n\u{1f600}' }, candidate: null },
]

async function addPeople(database: TestDatabase): Promise<void> {
  await database.half.rows(sql`
    insert into engage.profile (workspace_id, profile_id, external_id, created_at, updated_at)
    select 1, n.id, n.external_id, now(), now()
    from unnest(array[1, 2, 3, 4], array['ann', null, null, null]) as n (id, external_id)`)
  await database.half.rows(sql`
    insert into engage.alias (workspace_id, label, name, profile_id) values (1, 'crm', 'a', 1), (1, 'crm', 'b', 3)`)
  await database.half.rows(sql`
    insert into engage.device (workspace_id, device_id, profile_id)
    values (1, 'd1', 1), (1, 'd2', 2), (1, 'd3', 4), (1, 'd4', 4)`)
}

describe('a cohort import', () => {
  let database: TestDatabase
  let cohorts = 0
  beforeAll(async () => {
    database = await openTestDatabase('engage')
    await addPeople(database)
  })
  afterAll(() => database.close())

  const send = (
    cohortId: string,
    changes: readonly MembershipChange[],
  ): Promise<{ requestId: string; counts: object }> => {
    const requestId = randomUUID()
    return importCohort(database.half, {
      requestId,
      partner,
      request: { cohortId, changes },
      now,
    }).then((counts) => ({ requestId, counts }))
  }
  const fatesOf = async (requestId: string): Promise<string[]> =>
    (await getImport(database.half, requestId)).fates.map(({ fate }) => fate)
  const membersOf = async (cohortId: string): Promise<number[]> => {
    const rows = await database.half.rows<{ profile_id: number }>(sql`
      select m.profile_id from engage.cohort_member m
      join engage.cohort c on c.workspace_id = m.workspace_id and c.cohort = m.cohort
      where c.cohort_id = ${cohortId} order by m.profile_id`)
    return rows.map((row) => row.profile_id)
  }

  const table = [
    { what: 'an external_id', id: people[0], add: ['added', 'already_in'], remove: ['removed', 'not_in'] },
    { what: 'an alias', id: people[1], add: ['added', 'already_in'], remove: ['removed', 'not_in'] },
    {
      what: 'a device of an anonymous user',
      id: people[3],
      add: ['added', 'already_in'],
      remove: ['removed', 'not_in'],
    },
    {
      what: 'a device of an identified user',
      id: people[2],
      add: ['device_of_identified', 'device_of_identified'],
      remove: ['device_of_identified', 'device_of_identified'],
    },
    { what: 'an unknown id', id: people[7], add: ['unknown', 'unknown'], remove: ['unknown', 'unknown'] },
  ]
  for (const { what, id, add, remove } of table) {
    it(`takes ${what}, first and repeated, to add and to remove, in one request and in several`, async () => {
      const identifier = id?.id ?? { kind: 'external_id', value: 'nobody' }
      const change = (isRemoval: boolean): MembershipChange => ({ identifier, remove: isRemoval })
      const together = await send(`t${++cohorts}`, [false, false, true, true].map(change))
      expect(await fatesOf(together.requestId)).toEqual([...add, ...remove])
      const cohortId = `t${++cohorts}`
      const apart: string[] = []
      for (const isRemoval of [false, false, true, true]) {
        apart.push(...(await fatesOf((await send(cohortId, [change(isRemoval)])).requestId)))
      }
      expect(apart).toEqual([...add, ...remove])
    })
  }

  it('makes no cohort for no ids, and one named by its id for one unknown id', async () => {
    await send('empty', [])
    await send('nobody', [{ identifier: { kind: 'external_id', value: 'nobody' }, remove: false }])
    const rows = await database.half.rows<{ cohort_id: string }>(
      sql`select cohort_id from engage.cohort where cohort_id in ('empty', 'nobody')`,
    )
    expect(rows).toEqual([{ cohort_id: 'nobody' }])
  })

  const change = fc.record({ person: fc.constantFrom(...people), remove: fc.boolean() })

  it('gives the fates and the members of the reference, for any requests', async () => {
    const requests = fc.array(fc.array(change, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(requests, async (given) => {
        const cohortId = `p${++cohorts}`
        let members: ReadonlySet<number> = new Set()
        for (const request of given) {
          const expected = applyImport(
            members,
            request.map(({ person, remove }) => ({
              match: matchIdentifier(person.id, person.candidate),
              remove,
            })),
          )
          const { requestId, counts } = await send(
            cohortId,
            request.map(({ person, remove }) => ({ identifier: person.id, remove })),
          )
          members = expected.members
          expect(await fatesOf(requestId)).toEqual(expected.fates)
          expect(counts).toEqual({
            ids: request.length,
            ...Object.fromEntries(fates.map((f) => [f, expected.fates.filter((e) => e === f).length])),
          })
        }
        expect(await membersOf(cohortId)).toEqual([...members].sort((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  it('ends requests that come at once as if they had come one after another', async () => {
    const cohortId = 'concurrent'
    const client = async (number: number): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        const some = people.filter((_, place) => (place + i + number) % 3 !== 0)
        await send(
          cohortId,
          some.map(({ id }) => ({ identifier: id, remove: (i + number) % 2 === 0 })),
        )
      }
    }
    await Promise.all([0, 1, 2, 3].map(client))
    const log = await database.half.rows<{ request_id: string }>(sql`
      select i.request_id from engage.cohort_import i
      join engage.cohort c on c.workspace_id = i.workspace_id and c.cohort = i.cohort
      where c.cohort_id = ${cohortId} order by i.import`)
    expect(log).toHaveLength(48)
    let members: ReadonlySet<number> = new Set()
    for (const { request_id: requestId } of log) {
      const { fates: logged } = await getImport(database.half, requestId)
      const candidateOf = (kind: string, label: string | null, value: string): Candidate | null =>
        people.find(({ id }) =>
          id.kind === 'alias'
            ? kind === 'alias' && id.label === label && id.name === value
            : id.kind === kind && id.value === value,
        )?.candidate ?? null
      const judged = logged.map(({ kind, label, value, remove }) => ({
        match: matchIdentifier(
          kind === 'alias' ? { kind, label: label ?? '', name: value } : { kind, value },
          candidateOf(kind, label, value),
        ),
        remove,
      }))
      const expected = applyImport(members, judged)
      expect(logged.map(({ fate }) => fate)).toEqual(expected.fates)
      members = expected.members
    }
    expect(await membersOf(cohortId)).toEqual([...members].sort((a, b) => a - b))
  })
})
