import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { isAllowed } from './address-list.ts'
import { maskKey } from './api-key.ts'
import { findLiveKeys } from './key-store.ts'

export type Access =
  | { readonly ok: true; readonly keyId: string }
  | { readonly ok: false; readonly refusal: AccessRefusal }

/** Why a sender may not; a key is repeated only masked. */
export type AccessRefusal =
  | { readonly kind: 'partner_key' }
  | { readonly kind: 'client_secret' }
  | { readonly kind: 'not_enabled'; readonly masked: string }
  | { readonly kind: 'no_rest_key' }
  | { readonly kind: 'rest_key'; readonly masked: string }
  | { readonly kind: 'permission' }
  | { readonly kind: 'address' }

export interface PartnerCredentials {
  readonly partner: string
  readonly partnerApiKey: string | null
  readonly clientSecret: string | null
}

/**
 * May this sender write the partner's cohorts? Checked in the order partner key, client secret, partner enabled
 * (braze.md J6). A key of another partner is as wrong as one that does not exist.
 */
export async function authenticatePartner(
  database: Queryable,
  credentials: PartnerCredentials,
  now: Instant,
): Promise<Access> {
  const { partner, partnerApiKey, clientSecret } = credentials
  const [key, secret] = await findLiveKeys(database, [partnerApiKey ?? '', clientSecret ?? ''], now)
  if (key?.kind !== 'partner' || key.partner !== partner) return refuse({ kind: 'partner_key' })
  if (secret?.kind !== 'data_import' || secret.partner !== partner) return refuse({ kind: 'client_secret' })
  if (!secret.partnerEnabled) return refuse({ kind: 'not_enabled', masked: maskKey(clientSecret ?? '') })
  return { ok: true, keyId: secret.keyId }
}

export interface RestRequest {
  /** The value of the Authorization header. */
  readonly authorization: string | undefined
  /** What the request wants to do; null: any live key will do. */
  readonly permission: string | null
  readonly ip: string
  readonly now: Instant
}

/** May this client? A live REST key is wanted, used from where it may be, for what it may do. */
export async function authenticateRest(database: Queryable, request: RestRequest): Promise<Access> {
  const { authorization, permission, ip, now } = request
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (key === undefined) return refuse({ kind: 'no_rest_key' })
  const [live] = await findLiveKeys(database, [key], now)
  if (live?.kind !== 'rest') return refuse({ kind: 'rest_key', masked: maskKey(key) })
  const { addresses, permissions, keyId } = live
  if (addresses !== null && !isAllowed(addresses, ip)) return refuse({ kind: 'address' })
  const isPermitted = permission === null || permissions === null || permissions.includes(permission)
  return isPermitted ? { ok: true, keyId } : refuse({ kind: 'permission' })
}

function refuse(refusal: AccessRefusal): Access {
  return { ok: false, refusal }
}
