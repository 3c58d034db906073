/** A non-empty string, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A non-empty string or a number as an id (recorded clients send numbers), or null where it cannot be stored. */
export function idOf(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : textOf(value)
  return text !== null && !hasForbiddenCharacter(text) ? text : null
}

/** PostgreSQL cannot hold NUL, and a lone surrogate is not UTF-8. */
export function hasForbiddenCharacter(text: string): boolean {
  return text.includes('\u0000') || !text.isWellFormed()
}

/** The length of a well-formed text in bytes of UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    // Each half of a surrogate pair stands for two of the pair's four bytes.
    else bytes += unit >= 0xd800 && unit <= 0xdfff ? 2 : 3
  }
  return bytes
}
