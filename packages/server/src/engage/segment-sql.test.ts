import { type Filter, matches } from '@muster/core/engage/segment.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { type ProfileRow, profileColumns, profileOf } from './profile-store.ts'
import { segmentCondition } from './segment-sql.ts'

const texts = ['', 'Ann', 'ann', "O'Hara", 'é', '0', 'true', 'null', '👋', 'a"b\\c']
const text = fc.constantFrom(...texts)
const values = fc.oneof(text, fc.constantFrom(0, -0, 1, 1.5, 1e21, -7), fc.boolean())
const stored = fc.oneof(
  values,
  fc.constant(null),
  fc.array(text, { maxLength: 2 }),
  fc.record({ plan: text }),
)
const names = ['plan', 'Plan', 'visits', '__proto__', 'x y', "it's"]
const profile = fc.record({
  first_name: fc.option(text),
  country: fc.option(text),
  custom: fc.dictionary(fc.constantFrom(...names), stored, { maxKeys: 4 }),
  cohorts: fc.uniqueArray(fc.constantFrom(1, 2), { maxLength: 2 }),
})

type StoredProfile = typeof profile extends fc.Arbitrary<infer T> ? T : never

const cohortIds = (partner: string, cohortId: string): number | null =>
  partner === 'p' && ['1', '2'].includes(cohortId) ? Number(cohortId) : null

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant('cohort' as const),
    partner: fc.constantFrom('p', 'q'),
    cohort_id: fc.constantFrom('1', '2', 'unknown'),
    operator: fc.constantFrom('includes' as const, 'does_not_include' as const),
  }),
  fc.record({
    kind: fc.constant('field' as const),
    field: fc.constantFrom('first_name' as const, 'country' as const, 'email' as const),
    operator: fc.constantFrom('equals' as const, 'does_not_equal' as const),
    value: fc.oneof(text, fc.constantFrom('\u0000', '\ud800')),
  }),
  fc.record({
    kind: fc.constant('custom_attribute' as const),
    name: fc.constantFrom(...names, '\u0000', 'pl\u0000an'),
    operator: fc.constantFrom('equals' as const, 'does_not_equal' as const),
    value: fc.oneof(values, fc.constantFrom('\u0000')),
  }),
)
const filter: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).tree

describe('a segment as SQL', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
  })
  afterAll(() => database.close())

  const fill = async (profiles: readonly StoredProfile[]): Promise<void> => {
    await database.half.rows(sql`truncate engage.profile, engage.cohort_member cascade`)
    await database.half.rows(sql`
      insert into engage.profile
        (workspace_id, profile_id, first_name, country, custom_attributes, created_at, updated_at)
      select 1, place, first_name, country, custom, now(), now()
      from unnest(${profiles.map((p) => p.first_name)}::text[], ${profiles.map((p) => p.country)}::text[],
                  ${profiles.map((p) => JSON.stringify(p.custom))}::jsonb[])
        with ordinality as n (first_name, country, custom, place)`)
    const members = profiles.flatMap((p, place) =>
      p.cohorts.map((cohort) => ({ cohort, profile: place + 1 })),
    )
    await database.half.rows(sql`
      insert into engage.cohort_member (workspace_id, cohort, profile_id, import)
      select 1, cohort, profile, 0
      from unnest(${members.map((m) => m.cohort)}::int[], ${members.map((m) => m.profile)}::bigint[])
        as n (cohort, profile)`)
  }

  it('chooses whom the reference chooses, for any filter and any profiles', async () => {
    const property = fc.asyncProperty(
      fc.array(profile, { minLength: 1, maxLength: 8 }),
      fc.array(filter, { minLength: 1, maxLength: 6 }),
      async (profiles, filters) => {
        await fill(profiles)
        const rows = await database.half.rows<ProfileRow>(
          sql`select ${profileColumns} from engage.profile p order by p.profile_id`,
        )
        for (const tree of filters) {
          const chosen = await database.half.rows<{ profile_id: number }>(sql`
            select p.profile_id from engage.profile p
            where p.workspace_id = 1 and ${segmentCondition(tree, cohortIds)} order by p.profile_id`)
          const expected = rows.filter((row) => {
            const cohorts = new Set(profiles[row.profile_id - 1]?.cohorts)
            return matches(tree, profileOf(row, cohorts), cohortIds)
          })
          expect(chosen.map((row) => row.profile_id)).toEqual(expected.map((row) => row.profile_id))
        }
      },
    )
    await fc.assert(property, { numRuns: 80 })
  })

  it('is never null, so that it may stand below any other filter', async () => {
    await fill([{ first_name: null, country: null, custom: {}, cohorts: [] }])
    await fc.assert(
      fc.asyncProperty(filter, async (tree) => {
        const [row] = await database.half.rows<{ answer: boolean | null }>(
          sql`select ${segmentCondition(tree, cohortIds)} as answer from engage.profile p`,
        )
        expect(row?.answer).not.toBeNull()
      }),
      { numRuns: 60 },
    )
  })
})
