import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bisect, cutBatches } from './batch.ts'

describe('batches', () => {
  it('partition the changes in order, under the limit, removals before additions', () => {
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.nat(5_000),
        fc.integer({ min: 1, max: 1_000 }),
        (removed, added, limit) => {
          const batches = cutBatches(removed, added, limit)
          let next = 0
          for (const [index, batch] of batches.entries()) {
            expect(batch.number).toBe(index)
            expect(batch.from).toBe(next)
            expect(batch.to - batch.from).toBeGreaterThan(0)
            expect(batch.to - batch.from).toBeLessThanOrEqual(limit)
            expect(batch.operation).toBe(batch.from < removed ? 'remove' : 'add')
            if (batch.operation === 'remove') expect(batch.to).toBeLessThanOrEqual(removed)
            next = batch.to
          }
          expect(next).toBe(removed + added)
        },
      ),
    )
  })

  it('end where the first changes of each operation do', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(50), fc.nat(50), (removed, added, one, other) => {
        const first = { removed: Math.min(removed, one), added: Math.min(added, other) }
        const batches = cutBatches(removed, added, 7, first)
        expect(batches.map(({ from }) => from).slice(1)).toEqual(batches.map(({ to }) => to).slice(0, -1))
        expect(batches.at(-1)?.to ?? 0).toBe(removed + added)
        for (const end of [first.removed, removed, removed + first.added]) {
          expect(batches.filter(({ from, to }) => from < end && to > end)).toEqual([])
        }
      }),
    )
  })

  it('are halved into two that make up the whole, down to a single change', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 1_000 }), (from, length) => {
        const halves = bisect({ from, to: from + length })
        if (length === 1) return void expect(halves).toEqual([])
        const [first, second] = halves
        expect(first?.from).toBe(from)
        expect(first?.to).toBe(second?.from)
        expect(second?.to).toBe(from + length)
        for (const half of halves) expect(half.to).toBeGreaterThan(half.from)
      }),
    )
  })
})
