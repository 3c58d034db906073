import type { Filter } from '@muster/core/engage/segment.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeNode, draftOf, filterOf, newFilter, newGroup, nextId } from './segment-draft.ts'

const text = fc.string({ minLength: 1, maxLength: 12 })
const equality = fc.constantFrom('equals' as const, 'does_not_equal' as const)
const leaf = fc.oneof(
  fc.record({
    kind: fc.constant('cohort' as const),
    partner: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,8}$/),
    cohort_id: text,
    operator: fc.constantFrom('includes' as const, 'does_not_include' as const),
  }),
  fc.record({
    kind: fc.constant('field' as const),
    field: fc.constantFrom('country' as const, 'email' as const),
    operator: equality,
    value: fc.string({ maxLength: 12 }),
  }),
  fc.record({
    kind: fc.constant('custom_attribute' as const),
    name: text,
    operator: equality,
    value: fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
    ),
  }),
)
const { group } = fc.letrec<{ group: Filter; node: Filter }>((tie) => ({
  group: fc.record({
    kind: fc.constantFrom('all' as const, 'any' as const),
    of: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
  }),
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('group')),
}))

describe('the segment builder’s draft', () => {
  it('says again every filter that it is made of', () => {
    fc.assert(
      fc.property(group, (filter) => {
        expect(filterOf(draftOf(filter))).toEqual(filter)
      }),
    )
  })

  it('puts a single filter into a group of all', () => {
    fc.assert(
      fc.property(leaf, (filter) => {
        expect(filterOf(draftOf(filter))).toEqual({ kind: 'all', of: [filter] })
      }),
    )
  })

  it('gives an id that no node has', () => {
    fc.assert(
      fc.property(group, (filter) => {
        const draft = draftOf(filter)
        const added = { ...draft, of: [...draft.of, newFilter(nextId(draft))] }
        let changed = 0
        changeNode(added, nextId(draft), (node) => {
          changed++
          return node
        })
        expect(changed).toBe(1)
      }),
    )
  })

  it('is not a filter while a cohort, an attribute’s name or a number is missing', () => {
    const blank = newFilter(1)
    const of = (filter: typeof blank) => filterOf({ ...newGroup(0), of: [filter] })
    expect(of(blank)).toBeNull()
    expect(of({ ...blank, filter: 'custom_attribute', value: 'gold' })).toBeNull()
    const points = { ...blank, filter: 'custom_attribute', attribute: 'points', valueType: 'number' } as const
    expect(of({ ...points, value: 'many' })).toBeNull()
    expect(of({ ...points, value: ' ' })).toBeNull()
    expect(of({ ...points, value: '12' })).not.toBeNull()
    expect(filterOf({ ...newGroup(0), of: [] })).toBeNull()
  })

  it('drops the node that is taken out, wherever it stands', () => {
    const draft = { ...newGroup(0), of: [newGroup(1), newFilter(3)] }
    expect(changeNode(draft, 2, () => null)).toEqual({
      ...draft,
      of: [{ ...newGroup(1), of: [] }, newFilter(3)],
    })
  })
})
