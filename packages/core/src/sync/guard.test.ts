import { describe, expect, it } from 'vitest'
import { judge, type PlanFigures, usualMembers } from './guard.ts'

const figures = (change: Partial<PlanFigures> = {}): PlanFigures => ({
  rows: { read: 100, members: 100, null: 0, invalid: 0, duplicate: 0 },
  accepted: 100,
  removed: 0,
  added: 0,
  usual: null,
  ...change,
})
const broken = (guards: object, change: Partial<PlanFigures>): string[] =>
  judge(guards, figures(change)).map((breach) => breach.guard)

const hour = 3_600_000
const aged = { max_age: { column: 'updated_at', than: '1h' } } as const

describe('guards', () => {
  it.each([
    ['a quiet plan breaks none', {}, {}, []],
    ['by default 15 % may be removed', {}, { removed: 15 }, []],
    ['and not more', {}, { removed: 16 }, ['max_removed']],
    ['a sync may allow more', { max_removed: 0.5 }, { removed: 50 }, []],
    ['all are never more than all', { max_removed: 1 }, { accepted: 1, unsure: 5, removed: 6 }, []],
    [
      'who may be in may be removed',
      { max_removed: 0.5 },
      { accepted: 0, unsure: 9, removed: 5 },
      ['max_removed'],
    ],
    ['and comes again unjudged', { max_added: 0.5 }, { accepted: 0, unsure: 9, added: 9 }, []],
    ['or fewer in number', { max_removed_count: 3 }, { removed: 4 }, ['max_removed_count']],
    ['additions are free by default', {}, { added: 1_000 }, []],
    ['and may be limited', { max_added: 2 }, { added: 201 }, ['max_added']],
    [
      'an empty read is never a new truth',
      {},
      { rows: { read: 0, members: 0, null: 0, invalid: 0, duplicate: 0 } },
      ['min_members'],
    ],
    [
      'half of the rows without an identifier is too many',
      {},
      { rows: { read: 100, members: 49, null: 51, invalid: 0, duplicate: 0 } },
      ['max_null_keys'],
    ],
    [
      'invalid ones may be limited',
      { max_invalid: 0.01 },
      { rows: { read: 100, members: 98, null: 0, invalid: 2, duplicate: 0 } },
      ['max_invalid'],
    ],
    ['a first run has nothing to compare with', { max_added: 0 }, { accepted: null, added: 100 }, []],
    ['nor has one after an empty state', { max_added: 0 }, { accepted: 0, added: 100 }, []],
    [
      'additions may be limited in number, in a first run too',
      { max_added_count: 9 },
      { accepted: null, added: 10 },
      ['max_added_count'],
    ],
    ['so may removals', { max_removed_count: 9 }, { accepted: null, removed: 10 }, ['max_removed_count']],
    ['the usual number of members is near enough', { max_deviation: 0.5 }, { usual: 150 }, []],
    ['far fewer than usual are not', { max_deviation: 0.5 }, { usual: 201 }, ['max_deviation']],
    ['nor far more', { max_deviation: 0.5 }, { usual: 66 }, ['max_deviation']],
    ['nobody knows yet what is usual', { max_deviation: 0 }, { usual: null }, []],
    ['data may be as old as allowed', aged, { freshness: { newest: 0, now: hour } }, []],
    ['and not older', aged, { freshness: { newest: 0, now: hour + 1 } }, ['max_age']],
    ['data without a time is of no known age', aged, { freshness: { newest: null, now: hour } }, ['max_age']],
  ] as const)('%s', (_, guards, change, expected) => {
    expect(broken(guards, change)).toEqual(expected)
  })

  it('say by how much, as a sentence and as figures', () => {
    expect(judge({}, figures({ removed: 40 }))[0]).toEqual({
      guard: 'max_removed',
      message: 'the plan removes 40 of 100 members (40%); at most 15% are allowed',
      figures: { unit: 'share', value: 0.4, limit: 0.15, part: 40, whole: 100 },
    })
    expect(judge({ max_added_count: 9 }, figures({ added: 10 }))[0]?.figures).toEqual({
      unit: 'members',
      value: 10,
      limit: 9,
    })
  })

  it('say how old the data is', () => {
    const freshness = { newest: Date.UTC(2026, 10, 24, 8), now: Date.UTC(2026, 10, 24, 10, 30) }
    expect(judge(aged, figures({ freshness }))[0]?.message).toBe(
      'the newest updated_at is 2026-11-24T08:00:00.000Z, 150m old; at most 1h is allowed',
    )
    expect(judge(aged, figures({ freshness }))[0]?.figures).toEqual({
      unit: 'age',
      value: 2.5 * hour,
      limit: hour,
      column: 'updated_at',
    })
  })

  it('take the median of the last runs as usual, once there are three', () => {
    expect(usualMembers([5, 6])).toBeNull()
    expect(usualMembers([9, 1, 5])).toBe(5)
    expect(usualMembers([1, 9, 4, 6])).toBe(5)
  })
})
