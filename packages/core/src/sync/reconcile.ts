import { z } from 'zod'
import type { FarMember } from './destination.ts'
import type { Accepted } from './diff.ts'
import { type Identifier, identifierKey, toPlain } from './identifier.ts'
import type { Member } from './member.ts'

/**
 * What people should know of a repair's plan:
 * - state_lost: the record of what was accepted is damaged.
 * - sent_again: the destination tells nobody who is in the cohort.
 * - compared: it was compared with who is in the cohort.
 */
export const ReconcileNote = z.enum(['state_lost', 'sent_again', 'compared'])
export type ReconcileNote = z.infer<typeof ReconcileNote>

const noteText: Readonly<Record<ReconcileNote, string>> = {
  state_lost: 'the record of what was accepted is lost',
  sent_again: 'the destination tells nobody who is in the cohort: all that is desired is sent again',
  compared: 'compared with who is in the cohort at the destination',
}

/** The notes as one sentence. */
export function formatNotes(notes: readonly ReconcileNote[]): string {
  return notes.map((note) => noteText[note]).join('; ')
}

/**
 * What a sync should take as accepted when it sees who is in the cohort; compared with the model by `diff` it gives the repair:
 * - accepted and there: sure. Accepted and not there: unsure, so it is added again when desired.
 * - desired and there, unknown before (the state is lost): sure, nothing is sent.
 * - somebody there of whom nobody knows: unsure under the one of their identifiers that the sync would name first, so removed.
 *   Somebody who has none that it could name stays.
 * - Whoever loses an identifier by it is dropped at the far end whatever other identifiers they have: those are asserted again.
 *
 * This is the one place where a sync without a state removes (ADR 0015).
 */
export function reconcile(
  accepted: readonly Accepted[],
  desired: readonly Member[],
  far: readonly FarMember[],
  namespaces: readonly string[],
): Accepted[] {
  const acceptedKeys = new Set(accepted.map((one) => identifierKey(one.identifier)))
  const desiredKeys = new Set(desired.map((one) => identifierKey(one.identifier)))
  const loses = ({ identifiers }: FarMember): boolean =>
    identifiers.some((one) => acceptedKeys.has(identifierKey(one)) && !desiredKeys.has(identifierKey(one)))
  const standing = new Set(
    far.filter((one) => !loses(one)).flatMap((one) => one.identifiers.map(identifierKey)),
  )
  const rank = (identifier: Identifier): number => namespaces.indexOf(toPlain(identifier).namespace)
  const known = accepted.map(({ identifier, rowKey }): Accepted => {
    const isSure = standing.has(identifierKey(identifier))
    return isSure ? { identifier, rowKey } : { identifier, rowKey, uncertain: true }
  })
  const found = far
    .filter((one) => !loses(one))
    .flatMap((one) => one.identifiers)
    .filter((one) => desiredKeys.has(identifierKey(one)) && !acceptedKeys.has(identifierKey(one)))
    .map((identifier): Accepted => ({ identifier, rowKey: '' }))
  const strangers = far.flatMap(({ identifiers }): Accepted[] => {
    if (
      identifiers.some((one) => acceptedKeys.has(identifierKey(one)) || desiredKeys.has(identifierKey(one)))
    )
      return []
    const [first] = identifiers
      .filter((one) => rank(one) >= 0)
      .sort((a, b) => rank(a) - rank(b) || (toPlain(a).value < toPlain(b).value ? -1 : 1))
    return first ? [{ identifier: first, rowKey: '', uncertain: true }] : []
  })
  return [...known, ...found, ...strangers]
}
