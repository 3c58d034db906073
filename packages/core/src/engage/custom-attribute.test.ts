import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../lib/json.ts'
import { changeAttribute } from './custom-attribute.ts'

const pets = [
  { id: 1, type: 'dog', name: 'Rex' },
  { id: 2, type: 'cat', name: 'Tom' },
]

interface Case {
  readonly what: string
  readonly before?: Json
  readonly given: Json
  readonly merge?: boolean
  readonly after: Json | 'unchanged'
}

const cases: readonly Case[] = [
  { what: 'a text replaces', before: 1, given: 'x', after: 'x' },
  {
    what: 'a long text is cut, never inside a character',
    given: `${'x'.repeat(254)}\u{1F600}`,
    after: 'x'.repeat(254),
  },
  { what: 'null removes', before: 1, given: null, after: null },
  { what: 'inc adds', before: 2, given: { inc: -3 }, after: -1 },
  { what: 'inc begins at what it adds', given: { inc: 3 }, after: 3 },
  {
    what: 'inc past every number changes nothing',
    before: 1.7e308,
    given: { inc: 1.7e308 },
    after: 'unchanged',
  },
  { what: 'an array is a set', given: ['a', 'b', 'a'], after: ['a', 'b'] },
  {
    what: 'adding again moves to the end',
    before: ['a', 'b'],
    given: { add: ['a', 'c'] },
    after: ['b', 'a', 'c'],
  },
  { what: 'remove takes out', before: ['a', 'b'], given: { remove: ['a', 'x'] }, after: ['b'] },
  { what: 'add and remove in one', before: ['a'], given: { add: ['b'], remove: ['a'] }, after: ['b'] },
  { what: 'add of no array changes nothing', before: ['a'], given: { add: 'b' }, after: 'unchanged' },
  {
    what: 'over 500 items change nothing',
    given: Array.from({ length: 501 }, (_, i) => i),
    after: 'unchanged',
  },
  { what: 'over 100 KB changes nothing', given: Array(500).fill({ a: 'x'.repeat(250) }), after: 'unchanged' },
  { what: 'an object replaces', before: { a: 1 }, given: { b: 2 }, after: { b: 2 } },
  {
    what: 'an object is merged',
    before: { a: { b: 1 } },
    given: { a: { c: 2 } },
    merge: true,
    after: { a: { b: 1, c: 2 } },
  },
  {
    what: 'null in a merge removes',
    before: { a: 1, b: 2 },
    given: { a: null },
    merge: true,
    after: { b: 2 },
  },
  {
    what: 'an array in a merge replaces',
    before: { a: [1] },
    given: { a: [2] },
    merge: true,
    after: { a: [2] },
  },
  {
    what: '$time is kept as ISO-8601',
    given: { at: { $time: '2026-01-01' } },
    after: { at: '2026-01-01T00:00:00.000Z' },
  },
  { what: '$time alone too', given: { $time: '2026-01-01' }, after: '2026-01-01T00:00:00.000Z' },
  {
    what: 'a wrong $time drops all',
    before: { a: 1 },
    given: { b: 1, c: { $time: 'soon' } },
    after: 'unchanged',
  },
  {
    what: 'a key with a point drops all',
    before: { a: 1 },
    given: { b: 1, c: { 'x.y': 1 } },
    after: 'unchanged',
  },
  { what: 'a key with $ drops all', given: { $x: 1 }, after: 'unchanged' },
  { what: '$add appends', before: pets, given: { $add: [{ id: 3 }] }, after: [...pets, { id: 3 }] },
  {
    what: '$remove takes out by key and value',
    before: pets,
    given: { $remove: [{ $identifier_key: 'id', $identifier_value: 1 }] },
    after: [{ id: 2, type: 'cat', name: 'Tom' }],
  },
  {
    what: '$update replaces the object',
    before: pets,
    given: { $update: [{ $identifier_key: 'id', $identifier_value: 1, $new_object: { id: 1, age: 5 } }] },
    after: [
      { id: 1, age: 5 },
      { id: 2, type: 'cat', name: 'Tom' },
    ],
  },
  {
    what: '$update of a merge keeps the rest, one level deep',
    before: [{ id: 1, tag: { a: 1 }, name: 'Rex' }],
    given: { $update: [{ $identifier_key: 'id', $identifier_value: 1, $new_object: { tag: { b: 2 } } }] },
    merge: true,
    after: [{ id: 1, tag: { b: 2 }, name: 'Rex' }],
  },
  {
    what: '$add, then $remove, then $update',
    before: [{ id: 1 }],
    given: {
      $update: [{ $identifier_key: 'id', $identifier_value: 2, $new_object: { id: 2, is: 'new' } }],
      $remove: [{ $identifier_key: 'id', $identifier_value: 1 }],
      $add: [{ id: 2 }],
    },
    after: [{ id: 2, is: 'new' }],
  },
  {
    what: 'one wrong operator drops all',
    before: pets,
    given: { $add: [{ id: 3 }], $remove: [{}] },
    after: 'unchanged',
  },
  {
    what: '$update without an object drops all',
    before: pets,
    given: { $update: [{ $identifier_key: 'id', $identifier_value: 1 }] },
    after: 'unchanged',
  },
]

describe('a custom attribute', () => {
  it.each(cases)('$what', ({ before, given, merge = false, after }) => {
    const changed = changeAttribute(before, given, merge)
    expect(changed).toEqual(after === 'unchanged' ? 'unchanged' : { value: after })
  })

  it('is a set that a smaller reference has too, for any adding and removing', () => {
    const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 })
    const change = fc.oneof(fc.record({ add: items }), fc.record({ remove: items }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const reference = new Set<string>()
        let value: Json = []
        for (const one of changes) {
          for (const item of 'add' in one ? new Set(one.add) : one.remove) reference.delete(item)
          if ('add' in one) for (const item of one.add) reference.add(item)
          const changed = changeAttribute(value, one, false)
          if (changed !== 'unchanged') value = changed.value
        }
        expect(value).toEqual([...reference])
      }),
    )
  })

  it('keeps of a merge exactly the paths that either side has, the given winning', () => {
    const leaf = fc.integer()
    const tree = fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(leaf, fc.dictionary(fc.constantFrom('x', 'y'), leaf, { minKeys: 1, noNullPrototype: true })),
      { noNullPrototype: true },
    )
    const paths = (value: Json, path = ''): [string, Json][] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, part]) => paths(part as Json, `${path}/${key}`))
        : [[path, value]]
    fc.assert(
      fc.property(tree, tree, (before, given) => {
        const changed = changeAttribute(before, given, true)
        const over = paths(given)
        const kept = paths(before).filter(([path]) =>
          over.every(
            ([other]) => other !== path && !path.startsWith(`${other}/`) && !other.startsWith(`${path}/`),
          ),
        )
        const after = changed === 'unchanged' ? changed : new Map(paths(changed.value))
        expect(after).toEqual(new Map([...kept, ...over]))
      }),
    )
  })
})

it('never pollutes a prototype', () => {
  const given = JSON.parse('{"__proto__": {"polluted": true}}')
  changeAttribute({ a: 1 }, given, true)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})
