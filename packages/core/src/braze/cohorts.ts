import { parseIso } from '../lib/instant.ts'
import { isObject } from '../lib/json.ts'
import { hasForbiddenCharacter, idOf, textOf, utf8Length } from '../lib/text.ts'
import type { BrazeRefusal } from './errors.ts'
import { cohortLimits } from './limits.ts'

/**
 * The wire between the two halves: Braze's partner cohort API
 * (braze-docs `_docs/_partners/isv_partners/cohort_import.md`). The destination builds these bodies, the
 * engagement half parses them; neither imports the other.
 */

export type CohortIdentifier =
  | { readonly kind: 'external_id'; readonly value: string }
  | { readonly kind: 'alias'; readonly label: string; readonly name: string }
  | { readonly kind: 'device_id'; readonly value: string }

/** One id of a membership request, in the order in which it takes effect. */
export interface CohortChange {
  readonly identifier: CohortIdentifier
  readonly remove: boolean
}

/** `POST /partners/{partner}/cohorts`, parsed. */
export interface CohortName {
  readonly cohortId: string
  readonly name: string
  readonly createdAt: number
}

/** `POST /partners/{partner}/cohorts/users`, parsed: at most 1,000 changes. */
export interface CohortImport {
  readonly cohortId: string
  readonly changes: readonly CohortChange[]
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: BrazeRefusal }

/** The two credentials of the body, `null` where it is not a non-empty string. */
export function credentialsOf(body: unknown): { partnerApiKey: string | null; clientSecret: string | null } {
  if (!isObject(body)) return { partnerApiKey: null, clientSecret: null }
  return { partnerApiKey: textOf(body.partner_api_key), clientSecret: textOf(body.client_secret) }
}

/** Takes the JSON body of the name endpoint; checks the fields in the order of Braze's error table. */
export function parseCohortName(body: unknown): Parsed<CohortName> {
  if (!isObject(body)) return refuse('bad_json')
  const cohortId = cohortIdOf(body.cohort_id)
  if (cohortId === null) return refuse('cohort_id')
  const name = textOf(body.name)
  if (name === null || name.trim() === '' || hasForbiddenCharacter(name)) return refuse('name')
  const createdAt = typeof body.created_at === 'string' ? parseIso(body.created_at) : null
  if (createdAt === null) return refuse('created_at')
  return { ok: true, value: { cohortId, name, createdAt } }
}

/**
 * Takes the JSON body of the membership endpoint. Accepts any subset of the three keys, empty arrays, one alias
 * object in place of an array, and numbers in place of strings (recorded clients send them).
 */
export function parseCohortImport(body: unknown): Parsed<CohortImport> {
  if (!isObject(body)) return refuse('bad_json')
  const cohortId = cohortIdOf(body.cohort_id)
  if (cohortId === null) return refuse('cohort_id')
  if (!Array.isArray(body.cohort_changes)) return refuse('cohort_changes')
  const changes: CohortChange[] = []
  for (const change of body.cohort_changes) {
    const identifiers = identifiersOf(change)
    if (identifiers === null || !isObject(change)) return refuse('cohort_changes')
    const remove = change.should_remove ?? false
    if (typeof remove !== 'boolean') return refuse('cohort_changes')
    if (changes.length + identifiers.length > cohortLimits.idsPerRequest) return refuse('too_many_ids')
    for (const identifier of identifiers) changes.push({ identifier, remove })
  }
  return { ok: true, value: { cohortId, changes } }
}

function identifiersOf(change: unknown): CohortIdentifier[] | null {
  if (!isObject(change)) return null
  const { user_ids: userIds = [], device_ids: deviceIds = [], aliases = [] } = change
  if (!Array.isArray(userIds) || !Array.isArray(deviceIds)) return null
  const aliasList: unknown[] = Array.isArray(aliases) ? aliases : [aliases]
  const found: CohortIdentifier[] = []
  for (const raw of userIds) {
    const value = idOf(raw)
    if (value === null) return null
    found.push({ kind: 'external_id', value })
  }
  for (const raw of deviceIds) {
    const value = idOf(raw)
    if (value === null) return null
    found.push({ kind: 'device_id', value })
  }
  for (const raw of aliasList) {
    if (!isObject(raw)) return null
    const label = idOf(raw.alias_label)
    const name = idOf(raw.alias_name)
    if (label === null || name === null) return null
    found.push({ kind: 'alias', label, name })
  }
  return found
}

export interface CohortCredentials {
  readonly partnerApiKey: string
  readonly clientSecret: string
}

/** Builds the body of the name endpoint. */
export function cohortNameBody(credentials: CohortCredentials, cohort: CohortName): object {
  return {
    partner_api_key: credentials.partnerApiKey,
    client_secret: credentials.clientSecret,
    cohort_id: cohort.cohortId,
    name: cohort.name,
    created_at: new Date(cohort.createdAt).toISOString(),
  }
}

/** Builds the body of the membership endpoint for ids that all go in or all go out. */
export function cohortUsersBody(
  credentials: CohortCredentials,
  cohortId: string,
  identifiers: readonly CohortIdentifier[],
  remove: boolean,
): object {
  const userIds: string[] = []
  const deviceIds: string[] = []
  const aliases: { alias_name: string; alias_label: string }[] = []
  for (const id of identifiers) {
    if (id.kind === 'external_id') userIds.push(id.value)
    else if (id.kind === 'device_id') deviceIds.push(id.value)
    else aliases.push({ alias_name: id.name, alias_label: id.label })
  }
  const change = {
    ...(userIds.length > 0 ? { user_ids: userIds } : {}),
    ...(deviceIds.length > 0 ? { device_ids: deviceIds } : {}),
    ...(aliases.length > 0 ? { aliases } : {}),
    ...(remove ? { should_remove: true } : {}),
  }
  return {
    partner_api_key: credentials.partnerApiKey,
    client_secret: credentials.clientSecret,
    cohort_id: cohortId,
    cohort_changes: identifiers.length > 0 ? [change] : [],
  }
}

function cohortIdOf(value: unknown): string | null {
  const id = idOf(value)
  return id === null || utf8Length(id) > cohortLimits.cohortIdBytes ? null : id
}

function refuse(refusal: BrazeRefusal): { readonly ok: false; readonly refusal: BrazeRefusal } {
  return { ok: false, refusal }
}
