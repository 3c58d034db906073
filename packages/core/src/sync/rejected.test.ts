import { describe, expect, it } from 'vitest'
import type { Member } from './member.ts'
import {
  isSetAside,
  keepRejections,
  type Rejection,
  rememberRejections,
  withoutSetAside,
} from './rejected.ts'

const member = (value: string, rowKey = `row ${value}`): Member => ({
  identifier: { kind: 'external_id', value },
  rowKey,
})
const rejection = (value: string, more: Partial<Rejection> = {}): Rejection => ({
  ...member(value),
  operation: 'add',
  tries: 1,
  reason: '400 no',
  firstRun: 1,
  lastRun: 1,
  ...more,
})

describe('a change that was rejected', () => {
  it('is set aside after as many runs in a row as the sync says, and never where it says nothing', () => {
    expect(isSetAside({ tries: 2 }, { tries: 3 })).toBe(false)
    expect(isSetAside({ tries: 3 }, { tries: 3 })).toBe(true)
    expect(isSetAside({ tries: 3_000 }, undefined)).toBe(false)
  })

  it('counts one more run when it is rejected again, is forgotten when it is accepted, and stands while it is pending', () => {
    const known = [rejection('a'), rejection('b'), rejection('c')]
    const settled = [
      { ...member('a'), operation: 'add', status: 'rejected', reason: '400 still no' },
      { ...member('b'), operation: 'add', status: 'accepted', reason: '201' },
      { ...member('d'), operation: 'add', status: 'rejected', reason: '400 no' },
    ] as const
    expect(rememberRejections(known, settled, 7)).toEqual([
      rejection('c'),
      rejection('a', { tries: 2, reason: '400 still no', lastRun: 7 }),
      rejection('d', { firstRun: 7, lastRun: 7 }),
    ])
  })

  it('is known by its operation and its row: the other operation or another row begins anew', () => {
    const known = [rejection('a', { tries: 4 })]
    expect(keepRejections(known, { removed: [], added: [member('a')] })).toEqual(known)
    expect(keepRejections(known, { removed: [member('a')], added: [] })).toEqual([])
    expect(keepRejections(known, { removed: [], added: [member('a', 'another row')] })).toEqual([])
    expect(keepRejections(known, { removed: [], added: [] })).toEqual([])
  })
})

describe('a plan of which some is set aside', () => {
  const none = new Set<number>()

  it('leaves out that, and what was to be asserted again only for it', () => {
    const choice = { removed: 2, added: 3, fresh: 2, couples: [{ removed: 1, added: 2 }] }
    expect(withoutSetAside(choice, { removed: new Set([1]), added: none })).toEqual({
      removed: [0],
      added: [0, 1],
      coupled: 0,
    })
    expect(withoutSetAside(choice, { removed: new Set([0]), added: new Set([0]) })).toEqual({
      removed: [1],
      added: [1, 2],
      coupled: 0,
    })
  })

  it('leaves an identifier in whose place is taken by one that is set aside, so that nobody ends outside', () => {
    const choice = { removed: 2, added: 2, fresh: 2, couples: [{ removed: 0, added: 1 }] }
    expect(withoutSetAside(choice, { removed: none, added: new Set([1]) })).toEqual({
      removed: [1],
      added: [0],
      coupled: 1,
    })
  })
})
