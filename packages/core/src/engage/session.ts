/** What a session of a device changes. */
export type SessionMove =
  | { readonly kind: 'stay' }
  /** A new profile for the device: anonymous, or of the user who signed in. */
  | { readonly kind: 'create'; readonly externalId: string | null }
  /** The device goes to a profile that exists. */
  | { readonly kind: 'attach'; readonly profileId: number }
  /** The anonymous profile becomes the user's, with all its history. */
  | { readonly kind: 'identify'; readonly profileId: number; readonly externalId: string }
  /** The user exists: the anonymous profile is taken into the user's and goes. */
  | { readonly kind: 'merge'; readonly from: number; readonly into: number }

export interface SessionState {
  /** The profile that has the device. */
  readonly device: { readonly profileId: number; readonly externalId: string | null } | null
  /** Who signed in, and the profile of that external_id. */
  readonly user: { readonly externalId: string; readonly profileId: number | null } | null
}

/**
 * Braze's life of a profile (braze.md B.2, `changeUser`): an unknown user takes the anonymous profile over; a known
 * one takes it in; a device of somebody else goes to the user, and never back to being anonymous.
 */
export function decideSession({ device, user }: SessionState): SessionMove {
  if (user === null) return device === null ? { kind: 'create', externalId: null } : { kind: 'stay' }
  const { externalId, profileId } = user
  if (device === null || (device.externalId !== null && device.externalId !== externalId)) {
    return profileId === null ? { kind: 'create', externalId } : { kind: 'attach', profileId }
  }
  if (device.externalId === externalId) return { kind: 'stay' }
  return profileId === null
    ? { kind: 'identify', profileId: device.profileId, externalId }
    : { kind: 'merge', from: device.profileId, into: profileId }
}
