import { describe, expect, it } from 'vitest'
import { applyAttributes, attributesProblem, emptyContent, mergeContent } from './attributes.ts'
import { decideSession } from './session.ts'

describe('attributes', () => {
  it('set, remove, increase and change sets', () => {
    const before = {
      fields: { first_name: 'Ann', country: 'DE' },
      custom: { n: 1, tags: ['a', 'b'], old: 1 },
      details: {},
    }
    const after = applyAttributes(
      before,
      new Map<string, never>(
        Object.entries({
          first_name: null,
          email: 'a@b.c',
          n: { inc: 2 },
          m: { inc: 5 },
          tags: { add: ['a', 'c'] },
          old: null,
          object: { inc: 'x' },
        }) as never,
      ),
    )
    expect(after.fields).toEqual({ country: 'DE', email: 'a@b.c' })
    expect(after.custom).toEqual({ n: 3, m: 5, tags: ['b', 'a', 'c'], object: { inc: 'x' } })
    expect(applyAttributes(after, new Map([['tags', { remove: ['a'] }]])).custom.tags).toEqual(['b', 'c'])
    expect(before.fields.first_name).toBe('Ann')
  })

  it('are wrong where a known field is no text, or an email no address', () => {
    expect(attributesProblem(new Map([['email', 'nonsense']]))).toMatch(/email/)
    expect(attributesProblem(new Map([['first_name', true]]))).toBe("'first_name' is not valid")
    expect(attributesProblem(new Map<string, never>([['email', null as never]]))).toBeNull()
  })

  it('of an orphaned profile fill up what the kept one lacks', () => {
    const kept = { ...emptyContent, fields: { first_name: 'Ann' }, custom: { plan: 'vip' } }
    const orphaned = {
      ...emptyContent,
      fields: { first_name: 'X', country: 'DE' },
      custom: { plan: 'free', n: 1 },
    }
    expect(mergeContent(kept, orphaned)).toEqual({
      fields: { first_name: 'Ann', country: 'DE' },
      custom: { plan: 'vip', n: 1 },
      details: {},
    })
    expect(mergeContent(emptyContent, orphaned)).toEqual(orphaned)
  })
})

describe('a session', () => {
  const anonymous = { profileId: 1, externalId: null }
  const ann = { profileId: 2, externalId: 'ann' }
  const cases = [
    { device: null, user: null, move: { kind: 'create', externalId: null } },
    { device: anonymous, user: null, move: { kind: 'stay' } },
    { device: ann, user: null, move: { kind: 'stay' } },
    {
      device: null,
      user: { externalId: 'new', profileId: null },
      move: { kind: 'create', externalId: 'new' },
    },
    { device: null, user: { externalId: 'ann', profileId: 2 }, move: { kind: 'attach', profileId: 2 } },
    {
      device: anonymous,
      user: { externalId: 'new', profileId: null },
      move: { kind: 'identify', profileId: 1, externalId: 'new' },
    },
    {
      device: anonymous,
      user: { externalId: 'ann', profileId: 2 },
      move: { kind: 'merge', from: 1, into: 2 },
    },
    { device: ann, user: { externalId: 'ann', profileId: 2 }, move: { kind: 'stay' } },
    {
      device: ann,
      user: { externalId: 'new', profileId: null },
      move: { kind: 'create', externalId: 'new' },
    },
    { device: ann, user: { externalId: 'bob', profileId: 3 }, move: { kind: 'attach', profileId: 3 } },
  ]
  for (const { device, user, move } of cases) {
    const who = device === null ? 'a new device' : (device.externalId ?? 'an anonymous device')
    it(`of ${who} with ${user ? user.externalId : 'nobody'} signed in: ${move.kind}`, () => {
      expect(decideSession({ device, user })).toEqual(move)
    })
  }
})
