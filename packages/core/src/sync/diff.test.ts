import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diff } from './diff.ts'
import { fromPlain, type Identifier, identifierKey, toPlain } from './identifier.ts'
import type { Member } from './member.ts'

const identifier: fc.Arbitrary<Identifier> = fc.oneof(
  fc.record({ kind: fc.constant('external_id' as const), value: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('alias' as const),
    label: fc.constantFrom('', 'x', 'x:y'),
    name: fc.constantFrom('a', 'b'),
  }),
  fc.record({ kind: fc.constant('device_id' as const), value: fc.constantFrom('a', 'b') }),
)
const members = fc.uniqueArray(fc.record({ identifier, rowKey: fc.constantFrom('1', '2', '3') }), {
  selector: (member) => identifierKey(member.identifier),
})
const keys = (some: readonly Member[]): Set<string> => new Set(some.map((m) => identifierKey(m.identifier)))

describe('a diff', () => {
  it('leads from what is accepted to what is desired', () => {
    fc.assert(
      fc.property(members, members, (accepted, desired) => {
        const { removed, added, unchanged, reasserted } = diff(accepted, desired)
        const after = keys(accepted)
        for (const key of keys(removed)) expect(after.delete(key)).toBe(true)
        for (const key of keys(added)) after.add(key)
        expect(after).toEqual(keys(desired))
        expect(unchanged + added.length - reasserted).toBe(desired.length)
      }),
    )
  })

  it('is empty where nothing differs', () => {
    fc.assert(
      fc.property(members, (same) => {
        expect(diff(same, same)).toEqual({
          removed: [],
          added: [],
          unchanged: same.length,
          reasserted: 0,
          moved: [],
          forgotten: [],
        })
      }),
    )
  })

  it('never removes and adds one identifier in a run', () => {
    fc.assert(
      fc.property(members, members, (accepted, desired) => {
        const { removed, added } = diff(accepted, desired)
        expect(keys(removed).intersection(keys(added)).size).toBe(0)
      }),
    )
  })

  it('asserts again whom a row still names that lost another identifier', () => {
    const alias: Member = { identifier: { kind: 'alias', label: 'crm', name: '1' }, rowKey: '2' }
    const external: Member = { identifier: { kind: 'external_id', value: 'C-1' }, rowKey: '1' }
    const rows = [external, { ...external, rowKey: '2' }]
    expect(diff([alias, external], [external], rows)).toMatchObject({
      removed: [alias],
      added: [external],
      reasserted: 1,
    })
  })

  it('sends an uncertain member again, in when it is desired and out when it is not', () => {
    const member: Member = { identifier: { kind: 'external_id', value: 'C-1' }, rowKey: '1' }
    const uncertain = { ...member, uncertain: true }
    expect(diff([uncertain], [member])).toMatchObject({
      added: [member],
      removed: [],
      reasserted: 0,
      unchanged: 0,
    })
    expect(diff([uncertain], [])).toMatchObject({ added: [], removed: [uncertain] })
  })
})

describe('an identifier in plain form', () => {
  it('is the same again, and no two are equal that differ', () => {
    fc.assert(
      fc.property(identifier, identifier, (a, b) => {
        expect(fromPlain(toPlain(a))).toEqual(a)
        const same = JSON.stringify(toPlain(a)) === JSON.stringify(toPlain(b))
        expect(same).toBe(identifierKey(a) === identifierKey(b))
      }),
    )
  })

  it('of a sync that only adds removes nobody, and asserts nobody again', () => {
    const member = (value: string) => ({ identifier: { kind: 'external_id', value } as const, rowKey: value })
    expect(
      diff([member('a'), member('b')], [member('b'), member('c')], undefined, { mode: 'add_only' }),
    ).toEqual({
      removed: [],
      forgotten: [],
      added: [member('c')],
      unchanged: 1,
      reasserted: 0,
      moved: [],
    })
  })

  it('takes out the members of the model, each once, and forgets who has left it', () => {
    const member = (value: string): Member => ({
      identifier: { kind: 'external_id', value },
      rowKey: value,
    })
    const takenOut = [member('a'), member('b')]
    expect(diff(takenOut, [member('b'), member('c')], undefined, { mode: 'remove_only' })).toEqual({
      removed: [member('c')],
      added: [],
      forgotten: [member('a')],
      moved: [],
      unchanged: 1,
      reasserted: 0,
    })
  })

  it('sends everything that is desired in a full resync, and leavers go as ever', () => {
    const member = (value: string): Member => ({
      identifier: { kind: 'external_id', value },
      rowKey: value,
    })
    const accepted = [member('a'), member('b')]
    expect(diff(accepted, [member('b'), member('c')], undefined, { assertsAll: true })).toEqual({
      removed: [member('a')],
      added: [member('c'), member('b')],
      forgotten: [],
      moved: [],
      unchanged: 1,
      reasserted: 1,
    })
  })
})
