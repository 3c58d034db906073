import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

export type KeyKind = 'partner' | 'data_import' | 'rest'

const prefixes: Record<KeyKind, string> = { partner: 'mpk_', data_import: 'mdi_', rest: 'mrk_' }
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 24 characters of base62 are 142 bits. */
const secretLength = 24
const checksumLength = 6

/** A new key: what it is for, 142 random bits, and a checksum by which scanners and people find a mistyped one. */
export function makeKey(kind: KeyKind): string {
  const secret = Array.from({ length: secretLength }, () => alphabet[randomInt(alphabet.length)]).join('')
  return `${prefixes[kind]}${secret}${checksum(prefixes[kind] + secret)}`
}

function checksum(text: string): string {
  let rest = crc32(text)
  let written = ''
  for (let i = 0; i < checksumLength; i++) {
    written = `${alphabet[rest % alphabet.length]}${written}`
    rest = Math.floor(rest / alphabet.length)
  }
  return written
}

/** What is stored of a key. A random key needs no slow hash: it cannot be guessed. */
export function digestKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** The same digest, compared in constant time. */
export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The key's prefix and four characters, then dots; of anything else only dots. */
export function maskKey(key: string): string {
  const known = Object.values(prefixes).some((prefix) => key.startsWith(prefix))
  return `${known ? key.slice(0, 8) : ''}••••••••`
}
