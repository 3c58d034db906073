import { describe, expect, it } from 'vitest'
import { isDeeperThan } from './json.ts'

describe('isDeeperThan', () => {
  it.each([
    ['text', 0, false],
    [{}, 0, true],
    [{}, 1, false],
    [{ a: [1] }, 1, true],
    [{ a: [1], b: 2 }, 2, false],
    [[[], { a: { b: [] } }], 3, true],
  ])('counts arrays and objects that stand in one another: %j, %i', (value, levels, is) => {
    expect(isDeeperThan(value, levels)).toBe(is)
  })

  it('takes any depth', () => {
    expect(isDeeperThan(JSON.parse('['.repeat(500_000) + ']'.repeat(500_000)), 64)).toBe(true)
  })
})
