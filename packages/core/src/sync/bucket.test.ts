import { describe, expect, it } from 'vitest'
import { bucketBitsFor, bucketOf } from './bucket.ts'

describe('buckets', () => {
  it('are one for a small sync, and about a million rows each for a large one', () => {
    expect(
      [0, 1_000_000, 2_000_000, 2_000_001, 10_000_000, 100_000_000].map((rows) => bucketBitsFor(rows, 0)),
    ).toEqual([0, 0, 0, 2, 4, 7])
  })

  it('are never fewer than the state has', () => {
    expect(bucketBitsFor(10, 3)).toBe(3)
  })

  it('are the leading bits, so that a finer bucket lies within one coarser bucket', () => {
    for (const hash of [0, 1, 0x7fff, 0x8000, 0xffff]) {
      expect(bucketOf(hash, 0)).toBe(0)
      expect(bucketOf(hash, 4) >>> 2).toBe(bucketOf(hash, 2))
    }
  })
})
