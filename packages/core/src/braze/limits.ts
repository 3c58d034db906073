/** Limits of Braze's cohort import (braze-docs `_docs/_partners/isv_partners/cohort_import.md`, read 2026). */
export const cohortLimits = {
  /** user_ids, device_ids and aliases together, over all changes of one request. */
  idsPerRequest: 1_000,
  requestsPerHour: 250_000,
  /** Ours: Braze states none, and an index entry has an end. In bytes of UTF-8. */
  cohortIdBytes: 1_024,
} as const

/** Limits of `/users/track` and its siblings (braze-docs `post_user_track.md`, `api_limits.md`). */
export const userLimits = {
  trackObjects: 75,
  aliasesPerRequest: 50,
  /** An external_id must be shorter than this, in bytes of UTF-8. */
  externalIdBytes: 988,
  /** Ours: nesting of a custom attribute or of an event's properties. */
  depth: 32,
  /** Ours: `sessions` of one request of the SDK endpoint. */
  sessionsPerRequest: 1_000,
  bodyBytes: 4 * 1024 * 1024,
} as const
