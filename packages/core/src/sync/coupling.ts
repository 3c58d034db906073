import type { Changes, RowIdentity } from './diff.ts'
import { identifierKey } from './identifier.ts'

/** A row that loses the identifier of a removal and stands under that of an addition: maybe one person at the far end. */
export interface Couple {
  /** The removal's place among the removals, and the addition's among the additions. */
  readonly removed: number
  readonly added: number
}

/**
 * Which removals and additions belong together (design §3.4): whoever sends one of a couple without the other, or the addition
 * first, may leave a person outside. `rows` are all rows that named somebody, duplicates included: an addition bears the key
 * of one of its rows only.
 */
export function couplesOf(
  { removed, added }: Pick<Changes, 'removed' | 'added'>,
  rows: readonly RowIdentity[],
): Couple[] {
  const additions = new Map(added.map((one, n) => [identifierKey(one.identifier), n]))
  const standing = Map.groupBy(rows, (row) => row.rowKey)
  return removed.flatMap(({ rowKey }, n) => {
    const now = new Set((standing.get(rowKey) ?? []).map((row) => identifierKey(row.identifier)))
    return [...now].flatMap((key) => {
      const addition = additions.get(key)
      return addition === undefined ? [] : [{ removed: n, added: addition }]
    })
  })
}
