import type { FarMember } from './destination.ts'
import type { Accepted } from './diff.ts'
import { type Identifier, identifierKey, toPlain } from './identifier.ts'
import type { Member } from './member.ts'

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
