import { createHash } from 'node:crypto'
import type { PlainIdentifier } from '@muster/core/sync/identifier.ts'

/** The leading 16 bits of the md5 of an identifier, as the engines compute them (core/sync/bucket.ts). */
export function md5Hash({ namespace, value }: PlainIdentifier): number {
  return createHash('md5').update(`${namespace}\u0000${value}`).digest().readUInt16BE(0)
}
