import { identifierKey } from './identifier.ts'
import type { Member } from './member.ts'

/**
 * What a sync keeps of its cohort.
 * - mirror: exactly the model's members.
 * - add_only: nobody is ever removed; who has left the model stays a member, and stays in the state.
 * - remove_only: the model's members are taken out, each once, and nobody is ever added. The state is who was taken out;
 *   who leaves the model is forgotten, and is taken out again when the model gives them again.
 */
export const syncModes = ['mirror', 'add_only', 'remove_only'] as const
export type SyncMode = (typeof syncModes)[number]

/**
 * The changes that lead from what the destination has accepted to what the model desires. Removals are
 * acknowledged before additions begin. Of a sync that only removes, "accepted" is the removal.
 */
export interface Changes {
  readonly removed: readonly Member[]
  /** New to the destination, and those asserted again (see `reasserted`). */
  readonly added: readonly Member[]
  readonly unchanged: number
  /** How many of `added` (of `removed`, where a sync only removes) the destination had accepted before. */
  readonly reasserted: number
  /** Unchanged members that another row names now; the state takes over that row's key, and nothing is sent. */
  readonly moved: readonly Member[]
  /** Leaves the state without a request: of a sync that only removes, who has left the model. */
  readonly forgotten: readonly Member[]
}

export interface DiffOptions {
  readonly mode?: SyncMode
  /** A full resync: everything that is desired is sent, whether it was accepted before or not; leavers go as ever. */
  readonly assertsAll?: boolean
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
  { mode = 'mirror', assertsAll = false }: DiffOptions = {},
): Changes {
  const desiredKeys = new Set(desired.map((m) => identifierKey(m.identifier)))
  const sure = accepted.filter((m) => m.uncertain !== true)
  const acceptedKeys = new Set(sure.map((m) => identifierKey(m.identifier)))
  const gone = accepted.filter((m) => !desiredKeys.has(identifierKey(m.identifier)))
  const removed = mode === 'mirror' ? gone : []
  const removedRows = new Set(removed.map((m) => m.rowKey))
  const touched = new Set(
    rows.filter((r) => removedRows.has(r.rowKey)).map((r) => identifierKey(r.identifier)),
  )
  const fresh = desired.filter((m) => !acceptedKeys.has(identifierKey(m.identifier)))
  const again = desired.filter((m) => {
    const key = identifierKey(m.identifier)
    return acceptedKeys.has(key) && (assertsAll || touched.has(key))
  })
  const rowKeyBefore = new Map(sure.map((m) => [identifierKey(m.identifier), m.rowKey]))
  const moved = desired.filter((m) => {
    const before = rowKeyBefore.get(identifierKey(m.identifier))
    return before !== undefined && before !== m.rowKey
  })
  const counts = { unchanged: desired.length - fresh.length, reasserted: again.length }
  const sent = [...fresh, ...again]
  return mode === 'remove_only'
    ? { removed: sent, added: [], moved, forgotten: gone, ...counts }
    : { removed, added: sent, moved, forgotten: [], ...counts }
}
