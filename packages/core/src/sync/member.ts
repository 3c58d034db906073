import { type Identifier, type IdentifierColumn, identifierKey } from './identifier.ts'

/** A warehouse row as the model gives it, by column name. */
export type Row = { readonly [column: string]: unknown }

/** What became of one row. */
export type RowFate =
  | { readonly kind: 'identified'; readonly identifier: Identifier }
  | { readonly kind: 'null' }
  | { readonly kind: 'invalid'; readonly identifier: Identifier; readonly reason: InvalidReason }

export type InvalidReason = 'too_long' | 'control_character'

/** A person to be in the cohort, with the key of the row that named them. */
export interface Member {
  readonly identifier: Identifier
  readonly rowKey: string
}

/** Every row is accounted for: read = members + null + invalid + duplicate. */
export interface RowAccounting {
  readonly read: number
  readonly members: number
  readonly null: number
  readonly invalid: number
  readonly duplicate: number
}

/** Braze refuses an external_id of 988 bytes or more; Muster holds every identifier to it. */
export const identifierMaxBytes = 987

/**
 * Names the person of a row: the first identifier column that is present (not null, and not blank once the blanks
 * around it are gone) wins. The value itself is kept as the warehouse gives it.
 */
export function identifyRow(row: Row, columns: readonly IdentifierColumn[]): RowFate {
  for (const column of columns) {
    const identifier = identifierOf(row, column)
    if (identifier === null) continue
    const value = identifier.kind === 'alias' ? identifier.name : identifier.value
    const reason = invalidReason(value)
    return reason === null ? { kind: 'identified', identifier } : { kind: 'invalid', identifier, reason }
  }
  return { kind: 'null' }
}

/** Takes rows in any order; returns each identifier once, under the least row key that gave it, and the sums. */
export function membersOf(
  rows: Iterable<{ readonly row: Row; readonly rowKey: string }>,
  columns: readonly IdentifierColumn[],
): { readonly members: readonly Member[]; readonly accounting: RowAccounting } {
  const byIdentifier = new Map<string, Member>()
  const sums = { read: 0, null: 0, invalid: 0, duplicate: 0 }
  for (const { row, rowKey } of rows) {
    sums.read++
    const fate = identifyRow(row, columns)
    if (fate.kind !== 'identified') {
      sums[fate.kind]++
      continue
    }
    const key = identifierKey(fate.identifier)
    const known = byIdentifier.get(key)
    if (known) sums.duplicate++
    if (!known || precedes(rowKey, known.rowKey))
      byIdentifier.set(key, { identifier: fate.identifier, rowKey })
  }
  return { members: [...byIdentifier.values()], accounting: { ...sums, members: byIdentifier.size } }
}

/** In the order of code points, which is that of UTF-8 bytes and so of every engine; `<` compares UTF-16 units. */
function precedes(a: string, b: string): boolean {
  const [left, right] = [Array.from(a), Array.from(b)]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at === -1) return left.length < right.length
  const other = right[at]
  return other !== undefined && (left[at]?.codePointAt(0) ?? 0) < (other.codePointAt(0) ?? 0)
}

function identifierOf(row: Row, column: IdentifierColumn): Identifier | null {
  if ('external_id' in column) {
    const value = presentText(row[column.external_id])
    return value === null ? null : { kind: 'external_id', value }
  }
  if ('device_id' in column) {
    const value = presentText(row[column.device_id])
    return value === null ? null : { kind: 'device_id', value }
  }
  const name = presentText(row[column.alias.name])
  return name === null ? null : { kind: 'alias', label: column.alias.label, name }
}

function presentText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = String(value)
  return text.replace(/^ +| +$/g, '') === '' ? null : text
}

/** Why a value cannot be an identifier, or null. The engine's SQL states the same rule; a property test holds them equal. */
function invalidReason(value: string): InvalidReason | null {
  if (utf8Bytes(value) > identifierMaxBytes) return 'too_long'
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return 'control_character'
  }
  return null
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
