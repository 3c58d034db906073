import { describe, expect, it } from 'vitest'
import { bucketBitsFor } from './bucket.ts'

describe('buckets', () => {
  it('are one for a small sync, and at most a million rows each for a large one', () => {
    expect(
      [0, 1_000_000, 1_000_001, 2_000_000, 10_000_000, 100_000_000].map((rows) => bucketBitsFor(rows, 0)),
    ).toEqual([0, 0, 1, 2, 4, 7])
  })

  it('are never fewer than the state has', () => {
    expect(bucketBitsFor(10, 3)).toBe(3)
  })
})
