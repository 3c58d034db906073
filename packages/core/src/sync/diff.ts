import { identifierKey } from './identifier.ts'
import type { Member } from './member.ts'

/**
 * What a sync keeps of its cohort.
 * - mirror: exactly the model's members.
 * - add_only: nobody is ever removed; who has left the model stays a member, and stays in the state.
 */
export const syncModes = ['mirror', 'add_only'] as const
export type SyncMode = (typeof syncModes)[number]

/**
 * The changes that lead from what the destination has accepted to what the model desires. Removals are
 * acknowledged before additions begin.
 */
export interface Changes {
  readonly removed: readonly Member[]
  /** New to the destination, and those asserted again (see `reasserted`). */
  readonly added: readonly Member[]
  readonly unchanged: number
  /** How many of `added` the destination had accepted before. */
  readonly reasserted: number
  /** Unchanged members that another row names now; the state takes over that row's key, and nothing is sent. */
  readonly moved: readonly Member[]
}

/**
 * A member as the state remembers it. Uncertain: the last run sent it, or owed it another assertion, and got no
 * answer. It may be in or out at the far end, so it is sent again either way: added when desired, removed when not.
 */
export interface Accepted extends Member {
  readonly uncertain?: boolean
}

/** Where a row stands now: every row that named somebody, duplicates included. */
export interface RowIdentity extends Member {}

/**
 * The reference diff (design §5); the engines do the same set-based and a property test holds them equal.
 *
 * A row that lost one identifier and still stands under another has the other asserted again even when it was
 * accepted before: both may be one profile at the far end, and the removal would drop it (design §3.4).
 */
export function diff(
  accepted: readonly Accepted[],
  desired: readonly Member[],
  rows: readonly RowIdentity[] = desired,
  mode: SyncMode = 'mirror',
): Changes {
  const desiredKeys = new Set(desired.map((m) => identifierKey(m.identifier)))
  const sure = accepted.filter((m) => m.uncertain !== true)
  const acceptedKeys = new Set(sure.map((m) => identifierKey(m.identifier)))
  const gone = accepted.filter((m) => !desiredKeys.has(identifierKey(m.identifier)))
  const removed = mode === 'add_only' ? [] : gone
  const removedRows = new Set(removed.map((m) => m.rowKey))
  const touched = new Set(
    rows.filter((r) => removedRows.has(r.rowKey)).map((r) => identifierKey(r.identifier)),
  )
  const fresh = desired.filter((m) => !acceptedKeys.has(identifierKey(m.identifier)))
  const again = desired.filter((m) => {
    const key = identifierKey(m.identifier)
    return acceptedKeys.has(key) && touched.has(key)
  })
  const rowKeyBefore = new Map(sure.map((m) => [identifierKey(m.identifier), m.rowKey]))
  const moved = desired.filter((m) => {
    const before = rowKeyBefore.get(identifierKey(m.identifier))
    return before !== undefined && before !== m.rowKey
  })
  return {
    removed,
    added: [...fresh, ...again],
    unchanged: desired.length - fresh.length,
    reasserted: again.length,
    moved,
  }
}
