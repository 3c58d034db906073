import { assertNever } from '../lib/assert-never.ts'

/** How a sender names a person of the engagement half. */
export type ProfileIdentifier =
  | { readonly kind: 'external_id'; readonly value: string }
  | { readonly kind: 'alias'; readonly label: string; readonly name: string }
  | { readonly kind: 'device_id'; readonly value: string }

/** What is known of the profile that an identifier leads to. */
export interface Candidate {
  readonly profileId: number
  /** True when the profile has an external_id. */
  readonly identified: boolean
}

export type Match =
  | { readonly kind: 'matched'; readonly profileId: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'device_of_identified' }

/**
 * Braze's matching rules (reference braze.md A.3): external_id or alias for identified users; device_id for
 * anonymous users only; a device of an identified user neither adds nor removes; nobody is ever created. An alias
 * also finds an alias-only user, who is known by nothing else.
 */
export function matchIdentifier(identifier: ProfileIdentifier, candidate: Candidate | null): Match {
  if (candidate === null) return { kind: 'unknown' }
  switch (identifier.kind) {
    case 'external_id':
    case 'alias':
      return { kind: 'matched', profileId: candidate.profileId }
    case 'device_id':
      return candidate.identified
        ? { kind: 'device_of_identified' }
        : { kind: 'matched', profileId: candidate.profileId }
    default:
      return assertNever(identifier)
  }
}
