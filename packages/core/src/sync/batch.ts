import type { CanaryCut } from './canary.ts'

export type ChangeOperation = 'remove' | 'add'

/** A batch is a range of the plan's changes, which are numbered from 0: removals first, then additions. */
export interface BatchRange {
  readonly number: number
  readonly operation: ChangeOperation
  /** First change, and one past the last. */
  readonly from: number
  readonly to: number
}

/**
 * Cuts the plan's changes into batches of one operation under the destination's limit. The batches partition the
 * changes, and every removal stands before every addition. No batch spans the end of the first changes of an operation.
 */
export function cutBatches(
  removed: number,
  added: number,
  limit: number,
  first: CanaryCut = { removed: 0, added: 0 },
): BatchRange[] {
  const batches: BatchRange[] = []
  const cut = (operation: ChangeOperation, start: number, end: number): void => {
    for (let from = start; from < end; from += limit) {
      batches.push({ number: batches.length, operation, from, to: Math.min(from + limit, end) })
    }
  }
  cut('remove', 0, first.removed)
  cut('remove', first.removed, removed)
  cut('add', removed, removed + first.added)
  cut('add', removed + first.added, removed + added)
  return batches
}

/** Halves a refused range; a single change cannot be halved. */
export function bisect(range: {
  readonly from: number
  readonly to: number
}): readonly { from: number; to: number }[] {
  if (range.to - range.from <= 1) return []
  const middle = range.from + Math.ceil((range.to - range.from) / 2)
  return [
    { from: range.from, to: middle },
    { from: middle, to: range.to },
  ]
}
