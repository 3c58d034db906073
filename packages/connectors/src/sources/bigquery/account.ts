import { createSign } from 'node:crypto'
import { isObject } from '@muster/core/lib/json.ts'

export interface Account {
  readonly email: string
  readonly privateKey: string
  readonly privateKeyId: string | undefined
}

/**
 * Reads a service account's key file. Other kinds of credentials are refused: they can name addresses to fetch and
 * programs to run.
 */
export function accountOf(
  text: string,
): { readonly ok: true; readonly account: Account } | { readonly ok: false; readonly reason: string } {
  let key: unknown
  try {
    key = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'must be the JSON text of a service account key' }
  }
  if (!isObject(key) || key.type !== 'service_account') {
    return { ok: false, reason: 'must be the key of a service account ("type": "service_account")' }
  }
  const { client_email: email, private_key: privateKey, private_key_id: id } = key
  if (typeof email !== 'string' || typeof privateKey !== 'string') {
    return { ok: false, reason: 'lacks client_email or private_key' }
  }
  return { ok: true, account: { email, privateKey, privateKeyId: typeof id === 'string' ? id : undefined } }
}

/**
 * A token that the account signs for itself (https://google.aip.dev/auth/4111), good for an hour: no other server is
 * asked for one.
 */
export function selfSignedToken(account: Account, nowSeconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'RS256', typ: 'JWT', kid: account.privateKeyId })
  const claims = part({
    iss: account.email,
    sub: account.email,
    scope: 'https://www.googleapis.com/auth/bigquery',
    iat: nowSeconds - 10,
    exp: nowSeconds + 3_590,
  })
  const signature = createSign('RSA-SHA256')
    .update(`${header}.${claims}`)
    .sign(account.privateKey, 'base64url')
  return `${header}.${claims}.${signature}`
}
