/**
 * What Braze answers when it refuses, word for word
 * (braze-docs `_docs/_partners/isv_partners/cohort_import.md`; `_docs/_api/errors.md`).
 */
export const brazeRefusals = {
  cohort_id: { status: 400, message: '`cohort_id` must be a valid string' },
  cohort_changes: {
    status: 400,
    message:
      '`cohort_changes` must be an array of objects each with key `user_ids` and/or `device_ids` mapping to an array of strings, or an `aliases` object',
  },
  too_many_ids: {
    status: 400,
    message: 'Only 1,000 `user_ids`, `device_ids`, and `aliases` are allowed per request',
  },
  name: { status: 400, message: '`name` must be a non-empty string' },
  created_at: { status: 400, message: '`created_at` must be a valid time as an ISO-8601 string' },
  bad_json: { status: 400, message: 'The request body must be a JSON object' },
  partner_key: { status: 401, message: 'Invalid Partner API key' },
  client_secret: { status: 401, message: 'Invalid client secret' },
  unauthorized: { status: 401, message: 'Unauthorized access' },
  locked: { status: 423, message: 'Resource locked' },
  no_data: {
    status: 400,
    message: "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
  },
  too_many_objects: { status: 400, message: 'Max Input Length Exceeded' },
  user_aliases: { status: 400, message: "'user_aliases' must be an array of objects" },
  too_many_aliases: {
    status: 400,
    message: 'The max number of external_ids and aliases per request was exceeded',
  },
  device_id: { status: 400, message: "'device_id' must be a non-empty string" },
  sessions: {
    status: 400,
    message: "'sessions' must be an array of at most 1,000 objects with key 'device_id'",
  },
  no_rest_key: { status: 401, message: 'Error authenticating credentials' },
  invalid_url: { status: 404, message: 'Invalid URL' },
  too_large: { status: 413, message: 'The request body is larger than 4 MB' },
  media_type: { status: 415, message: 'The Content-Type must be application/json' },
} as const

export type BrazeRefusal = keyof typeof brazeRefusals

/**
 * Braze repeats the client secret in this answer. Muster never writes a secret back, so the key is masked to its
 * first characters (ADR 0006).
 */
export function partnerNotEnabled(maskedSecret: string): { status: 401; message: string } {
  return { status: 401, message: `Partner not enabled for client with client secret: ${maskedSecret}` }
}

/** Braze repeats the REST key in this answer; Muster masks it. */
export function invalidRestKey(masked: string): { status: 401; message: string } {
  return { status: 401, message: `Invalid API key: ${masked}` }
}

/** The body of every success of a POST on the Braze surface; the status is 201. */
export const brazeSuccess = { message: 'success' } as const
