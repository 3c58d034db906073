import { describe, expect, it } from 'vitest'
import { judge, type PlanFigures } from './guard.ts'

const figures = (change: Partial<PlanFigures> = {}): PlanFigures => ({
  rows: { read: 100, members: 100, null: 0, invalid: 0, duplicate: 0 },
  accepted: 100,
  removed: 0,
  added: 0,
  ...change,
})
const broken = (guards: object, change: Partial<PlanFigures>): string[] =>
  judge(guards, figures(change)).map((breach) => breach.guard)

describe('guards', () => {
  it.each([
    ['a quiet plan breaks none', {}, {}, []],
    ['by default 15 % may be removed', {}, { removed: 15 }, []],
    ['and not more', {}, { removed: 16 }, ['max_removed']],
    ['a sync may allow more', { max_removed: 0.5 }, { removed: 50 }, []],
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
  ] as const)('%s', (_, guards, change, expected) => {
    expect(broken(guards, change)).toEqual(expected)
  })

  it('say by how much', () => {
    expect(judge({}, figures({ removed: 40 }))[0]?.message).toBe(
      'the plan removes 40 of 100 members (40%); at most 15% are allowed',
    )
  })
})
