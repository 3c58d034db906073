import { isObject } from '../lib/json.ts'
import { textOf } from '../lib/text.ts'
import type { Parsed } from './cohorts.ts'
import { userLimits } from './limits.ts'
import { readAlias, readUser, type UserKey } from './user-key.ts'

/** `POST /users/export/ids` (braze-docs `post_users_identifier.md`). */

/** Whom an export asks for: an email and a phone mean all who have it. */
type Exported = UserKey | { readonly kind: 'device_id'; readonly value: string }

export interface ExportRequest {
  readonly users: readonly Exported[]
  /** Null: all. */
  readonly fields: ReadonlySet<string> | null
}

/** Takes the body of `/users/export/ids`: at most 50 external_ids and aliases, and one of each other kind. */
export function parseExport(body: unknown): Parsed<ExportRequest> {
  if (!isObject(body)) return { ok: false, refusal: 'bad_json' }
  const listed: (Exported | string)[] = []
  const { external_ids: externalIds = [], user_aliases: aliases = [] } = body
  if (!Array.isArray(externalIds) || !Array.isArray(aliases)) return { ok: false, refusal: 'no_export' }
  if (externalIds.length + aliases.length > userLimits.aliasesPerRequest) {
    return { ok: false, refusal: 'too_many_aliases' }
  }
  listed.push(...externalIds.map((id: unknown) => readUser({ external_id: id })))
  listed.push(...aliases.map((alias: unknown) => (isObject(alias) ? readAlias(alias) : '')))
  const device = textOf(body.device_id)
  if (device !== null) listed.push({ kind: 'device_id', value: device })
  for (const [kind, given] of [
    ['braze_id', body.braze_id],
    ['email', body.email_address],
    ['phone', body.phone],
  ] as const) {
    if (given !== undefined && given !== null) listed.push(readUser({ [kind]: given }))
  }
  const users = listed.filter((user) => typeof user !== 'string')
  if (users.length === 0 || users.length < listed.length) return { ok: false, refusal: 'no_export' }
  return { ok: true, value: { users, fields: readFields(body.fields_to_export) } }
}

/** The names of `fields_to_export`; null where none are given. */
export function readFields(raw: unknown): ReadonlySet<string> | null {
  if (!Array.isArray(raw)) return null
  const names = raw.filter((name: unknown): name is string => typeof name === 'string')
  return names.length > 0 ? new Set(names) : null
}
