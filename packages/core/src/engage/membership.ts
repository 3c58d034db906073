import type { Match, ProfileIdentifier } from './identity.ts'

/** One id of an import, in the order in which it takes effect. */
export interface MembershipChange {
  readonly identifier: ProfileIdentifier
  readonly remove: boolean
}

/** What became of one id of an import. */
export const fates = ['added', 'already_in', 'removed', 'not_in', 'unknown', 'device_of_identified'] as const
export type Fate = (typeof fates)[number]

export interface JudgedChange {
  readonly match: Match
  readonly remove: boolean
}

/**
 * The reference of an import: takes the ids of one request in array order and the members before it; returns each
 * id's fate and the members after it. An id named twice takes effect in order, so the last wins.
 */
export function applyImport(
  members: ReadonlySet<number>,
  changes: readonly JudgedChange[],
): { readonly members: ReadonlySet<number>; readonly fates: readonly Fate[] } {
  const after = new Set(members)
  const judged = changes.map(({ match, remove }): Fate => {
    if (match.kind !== 'matched') return match.kind
    if (remove) return after.delete(match.profileId) ? 'removed' : 'not_in'
    if (after.has(match.profileId)) return 'already_in'
    after.add(match.profileId)
    return 'added'
  })
  return { members: after, fates: judged }
}
