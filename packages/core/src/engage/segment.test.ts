import { describe, expect, it } from 'vitest'
import { Filter } from './segment.ts'

describe('a filter', () => {
  const nested = (depth: number): unknown =>
    depth === 1
      ? { kind: 'field', field: 'country', operator: 'equals', value: 'ES' }
      : { kind: depth % 2 === 0 ? 'all' : 'any', of: [nested(depth - 1)] }

  it('may be nested 20 deep and no deeper', () => {
    expect(Filter.safeParse(nested(20)).success).toBe(true)
    const deeper = Filter.safeParse(nested(21))
    expect(deeper.error?.issues).toMatchObject([{ message: 'filters may be nested at most 20 deep' }])
  })
})
