import { invalid } from '@muster/core/lib/error.ts'

/** Where a page of rows begins, as `next` tells it: the key of the row before. */
export function writeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** Takes a `next` and how many texts the key has; throws `invalid` for anything else. The first page begins after empty texts. */
export function readCursor(text: string | null, many: number): readonly string[] {
  if (text === null) return Array.from({ length: many }, () => '')
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts.length === many && parts.every((part) => typeof part === 'string'))
      return parts
  } catch {
    // Told below.
  }
  throw invalid('bad_cursor', '`after` is not the `next` of a page')
}
