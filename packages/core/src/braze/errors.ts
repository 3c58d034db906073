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
  alias_updates: { status: 400, message: "'alias_updates' must be an array of objects" },
  to_identify: {
    status: 400,
    message:
      "'aliases_to_identify', 'emails_to_identify' or 'phone_numbers_to_identify' must be an array of objects",
  },
  merge_updates: { status: 400, message: "'merge_updates' must be an array of objects" },
  too_many_merges: { status: 400, message: 'a single request may not contain more than 50 merge updates' },
  merge_identifiers: {
    status: 400,
    message:
      "identifiers must be objects with an 'external_id' property that is a string, 'user_alias' property that is an object, 'email' property that is a string, or 'phone' property that is a string",
  },
  merge_keys: {
    status: 400,
    message: "'merge_updates' must only have 'identifier_to_merge' and 'identifier_to_keep'",
  },
  external_id_renames: { status: 400, message: "'external_id_renames' must be an array of objects" },
  external_ids: { status: 400, message: "'external_ids' must be an array of strings" },
  no_ids: {
    status: 400,
    message:
      "one of 'external_ids', 'user_aliases', 'braze_ids', 'email_addresses' or 'phone_numbers' must be an array",
  },
  too_many_users: { status: 400, message: 'The max number of ids per request was exceeded' },
  subscription_group: { status: 400, message: 'Invalid subscription group ID' },
  subscription_state: {
    status: 400,
    message: "'subscription_state' must be one of 'subscribed' or 'unsubscribed'",
  },
  subscribers: {
    status: 400,
    message: "one of 'external_id', 'email' or 'phone' is required, with at most 50 values",
  },
  email: { status: 400, message: "'email' must be an email address or an array of at most 50" },
  email_state: {
    status: 400,
    message: "'subscription_state' must be one of 'subscribed', 'unsubscribed' or 'opted_in'",
  },
  email_query: {
    status: 400,
    message: "either 'email', or 'start_date' and 'end_date' (YYYY-MM-DD), must be given",
  },
  segment_id: {
    status: 400,
    message: 'segment_id must be a string of the Segment api identifier',
  },
  series_length: { status: 400, message: "'length' must be an integer between 1 and 100" },
  paging: { status: 400, message: "'page', 'limit' and 'offset' must be integers of at least 0" },
  no_export: {
    status: 400,
    message:
      "one of 'external_ids', 'user_aliases', 'device_id', 'braze_id', 'email_address' or 'phone' is required",
  },
  device_id: { status: 400, message: "'device_id' must be a non-empty string" },
  sessions: {
    status: 400,
    message: "'sessions' must be an array of at most 1,000 objects with key 'device_id'",
  },
  no_rest_key: { status: 401, message: 'Error authenticating credentials' },
  permission: { status: 403, message: 'You do not have permission to access this resource' },
  address: { status: 403, message: 'Invalid whitelisted IPs' },
  invalid_url: { status: 404, message: 'Invalid URL' },
  too_large: { status: 413, message: 'The request body is larger than 4 MB' },
  /** Muster's own: a body may be plain or gzip. */
  content_encoding: { status: 415, message: 'The Content-Encoding must be gzip or absent' },
  rate_limited: { status: 429, message: 'Rate Limited' },
  /** Muster's own, of what is opt-in on the cohort endpoints. */
  idempotency_key: { status: 400, message: 'The Idempotency-Key must have 1 to 255 visible characters' },
  key_reused: {
    status: 422,
    message: 'This Idempotency-Key was used for another request: send a new key, or the same body',
  },
  unknown_cohort: { status: 404, message: '`cohort_id` is not the id of a cohort of this partner' },
  page: { status: 400, message: '`limit` must be 1 to 1,000 and `after` the `next` of the page before' },
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
