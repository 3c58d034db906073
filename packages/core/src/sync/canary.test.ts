import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canaryOf, chooseCanary, judgeCanary } from './canary.ts'
import { couplesOf } from './coupling.ts'
import { diff } from './diff.ts'
import { type Identifier, identifierKey } from './identifier.ts'
import type { Member } from './member.ts'

const rule = { first: 500, max_rejected: 0.01 }
const figures = { accepted: 1_000, rejected: 0, added: 500, matched: null }

describe('a canary is judged', () => {
  it.each([
    ['good when nothing was rejected', rule, figures, []],
    [
      'good as long as no more is rejected than allowed',
      rule,
      { ...figures, accepted: 990, rejected: 10 },
      [],
    ],
    [
      'bad beyond it, and says by how much',
      rule,
      { ...figures, accepted: 989, rejected: 11 },
      ['11 of the first 1000 changes were rejected (1.1%); at most 1% are allowed'],
    ],
    ['good when enough are in the cohort', { ...rule, min_matched: 0.9 }, { ...figures, matched: 450 }, []],
    [
      'bad when too few are',
      { ...rule, min_matched: 0.9 },
      { ...figures, matched: 449 },
      ['449 of the first 500 accepted additions are in the cohort (89.8%); at least 90% are expected'],
    ],
    [
      'bad when that is asked for and nobody tells',
      { ...rule, min_matched: 0.9 },
      figures,
      ['the destination tells nobody who is in the cohort, so that min_matched cannot be judged'],
    ],
    [
      'good when there was nobody to add',
      { ...rule, min_matched: 1 },
      { ...figures, added: 0, matched: 0 },
      [],
    ],
  ] as const)('%s', (_, by, found, findings) => {
    expect(judgeCanary(by, found)).toEqual({
      ...found,
      findings,
      verdict: findings.length === 0 ? 'passed' : 'held',
    })
  })

  it('by the rule of the sync, with the number that a run was begun with', () => {
    expect(canaryOf(undefined, null)).toBeNull()
    expect(canaryOf({ ...rule, min_matched: 0.9 }, 10)).toEqual({
      first: 10,
      max_rejected: 0.01,
      min_matched: 0.9,
    })
    expect(canaryOf(undefined, 10)).toEqual({ first: 10, max_rejected: 0.01 })
  })
})

const identifier: fc.Arbitrary<Identifier> = fc
  .constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  .map((value) => ({ kind: 'external_id', value }))
const rows = (most: number): fc.Arbitrary<Member[]> =>
  fc.uniqueArray(fc.record({ identifier, rowKey: fc.integer({ min: 1, max: 6 }).map(String) }), {
    selector: ({ rowKey }) => rowKey,
    maxLength: most,
  })

/** Each identifier once, under the least key of the rows that name it. */
function membersIn(named: readonly Member[]): Member[] {
  return [...Map.groupBy(named, (row) => identifierKey(row.identifier)).values()].flatMap((same) =>
    same.sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1)).slice(0, 1),
  )
}

describe('what a canary sends', () => {
  const plan = (before: readonly Member[], now: readonly Member[], first: number) => {
    const changes = diff(membersIn(before), membersIn(now), now)
    const fresh = changes.added.length - changes.reasserted
    const couples = couplesOf(changes, now)
    const { removed, added } = changes
    const choice = chooseCanary({ removed: removed.length, added: added.length, fresh, couples }, first)
    return { changes, fresh, couples, choice }
  }

  it('is at most so many of each operation, each once, and the new ones of the additions', () => {
    fc.assert(
      fc.property(rows(6), rows(6), fc.integer({ min: 1, max: 4 }), (before, now, first) => {
        const { changes, fresh, choice } = plan(before, now, first)
        for (const chosen of [choice.removed, choice.added]) {
          expect(chosen.length).toBeLessThanOrEqual(first)
          expect(new Set(chosen).size).toBe(chosen.length)
        }
        if (changes.removed.length > 0) expect(choice.added.every((addition) => addition < fresh)).toBe(true)
        else expect(choice.added).toEqual(changes.added.map((_, n) => n).slice(0, first))
      }),
    )
  })

  it('leaves nobody outside whose row changed its identifier, and needs nothing again that is sent later', () => {
    fc.assert(
      fc.property(rows(6), rows(6), fc.integer({ min: 1, max: 4 }), (before, now, first) => {
        const { couples, choice } = plan(before, now, first)
        for (const couple of couples) {
          expect(choice.removed.includes(couple.removed)).toBe(choice.added.includes(couple.added))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('is the first of a first run', () => {
    const none = { removed: 0, added: 9, fresh: 9, couples: [] }
    expect(chooseCanary(none, 3)).toEqual({ removed: [], added: [0, 1, 2] })
  })
})
