import { z } from 'zod'
import { parseIso, toIso } from '../lib/instant.ts'
import type { Json } from '../lib/json.ts'
import { hasForbiddenCharacter, utf8Length } from '../lib/text.ts'
import { attributesProblem } from './attributes.ts'
import { profileFields } from './profile.ts'
import { isDetail } from './profile-detail.ts'
import type { TrackedAttributes, UserKey } from './track.ts'

/**
 * Users in CSV, as Braze takes them (braze-docs `csv_import.md`): the first line names the columns; a user is named by
 * `external_id`, `braze_id` (updates only), `user_alias_label` with `user_alias_name`, `email` or `phone`; a blank cell
 * changes nothing; arrays and objects cannot be imported.
 */

export const columnTypes = ['text', 'number', 'boolean', 'time'] as const
export type ColumnType = (typeof columnTypes)[number]

/** A column of the file: its name, and what its cells are read as. */
export const CsvColumn = z.object({ name: z.string(), type: z.enum(columnTypes) })
export type CsvColumn = z.infer<typeof CsvColumn>

const idColumns = ['external_id', 'braze_id', 'user_alias_label', 'user_alias_name'] as const
const flags: ReadonlySet<string> = new Set(['email_open_tracking_disabled', 'email_click_tracking_disabled'])
/** What Braze names itself and is no single value. */
const compound: ReadonlySet<string> = new Set([
  'current_location',
  'facebook',
  'twitter',
  'push_tokens',
  'subscription_groups',
])
const textual: ReadonlySet<string> = new Set<string>([...idColumns, ...profileFields])

const maxColumns = 500
/** An external_id of 988 bytes is refused by Braze; every name of a user is held to it. */
const maxIdBytes = 987

/** What is wrong with the first line of a file; a problem each, none when it is right. */
export function headerProblems(names: readonly string[]): string[] {
  const problems: string[] = []
  const has = (name: string): boolean => names.includes(name)
  const blank = names.findIndex((name) => name.trim() === '')
  if (blank >= 0) problems.push(`column ${blank + 1} has no name`)
  const double = names.filter((name, place) => name !== '' && names.indexOf(name) !== place)
  for (const name of new Set(double)) problems.push(`the column ${name} stands twice`)
  for (const name of names) {
    if (utf8Length(name) > 255 || hasForbiddenCharacter(name)) {
      problems.push(`a column's name is at most 255 bytes of text: ${name.slice(0, 40)}…`)
    }
    if (compound.has(name)) problems.push(`${name} is not one value, and cannot be imported from CSV`)
  }
  if (has('user_alias_label') !== has('user_alias_name')) {
    problems.push('user_alias_label and user_alias_name must stand together')
  }
  const named = ['external_id', 'braze_id', 'user_alias_name', 'email', 'phone'].some(has)
  if (!named) {
    problems.push(
      'no column names the users: external_id, braze_id, user_alias_label with user_alias_name, email or phone',
    )
  }
  if (names.length > maxColumns)
    problems.push(`there are ${names.length} columns; at most ${maxColumns} are taken`)
  return problems
}

/**
 * What a column's cells are, by some of them: numbers and times only where every cell is one and loses nothing by it
 * (`007` stays text), text otherwise. Names that Braze knows have the type that Braze gives them.
 */
export function columnType(name: string, cells: readonly string[]): ColumnType {
  if (textual.has(name)) return 'text'
  if (flags.has(name)) return 'boolean'
  if (isDetail(name)) return 'text'
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '')
  if (filled.length === 0) return 'text'
  if (filled.every((cell) => truthOf(cell) !== null)) return 'boolean'
  if (filled.every((cell) => String(Number(cell)) === cell && Number.isFinite(Number(cell)))) return 'number'
  if (filled.every((cell) => parseIso(cell) !== null)) return 'time'
  return 'text'
}

/** What a row says of its user, or why it cannot be taken. `cells` are those of the columns, in their order. */
export function readCsvRow(
  columns: readonly CsvColumn[],
  cells: readonly string[],
  options: { readonly existingOnly: boolean },
): TrackedAttributes | string {
  if (cells.length !== columns.length) {
    return `the row has ${cells.length} fields where ${columns.length} are expected`
  }
  const filled = new Map<string, string>()
  const attributes = new Map<string, Json>()
  for (const [place, { name, type }] of columns.entries()) {
    const cell = cells[place] ?? ''
    if (cell.trim() === '') continue
    if (hasForbiddenCharacter(cell)) return `'${name}' holds a character that cannot be kept`
    filled.set(name, cell)
    if ((idColumns as readonly string[]).includes(name)) continue
    const value = cellValue(cell, type)
    if (value === undefined) return `'${name}' is not a ${type}: ${cell.slice(0, 40)}`
    attributes.set(name, value)
  }
  const user = userOf(filled)
  if (typeof user === 'string') return user
  const problem = attributesProblem(attributes)
  if (problem !== null) return problem
  return {
    user,
    mayCreate: !options.existingOnly && user.kind !== 'braze_id',
    attributes,
    mergeObjects: false,
  }
}

function cellValue(cell: string, type: ColumnType): Json | undefined {
  switch (type) {
    case 'text':
      return cell
    case 'number': {
      const isNumber = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(cell)
      return isNumber && Number.isFinite(Number(cell)) ? Number(cell) : undefined
    }
    case 'boolean':
      return truthOf(cell.trim()) ?? undefined
    case 'time': {
      const at = parseIso(cell.trim())
      return at === null ? undefined : toIso(at)
    }
  }
}

function truthOf(cell: string): boolean | null {
  const text = cell.toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : null
}

/** By the first of these that the row has, as everywhere in Braze's user endpoints. */
function userOf(filled: ReadonlyMap<string, string>): UserKey | string {
  for (const name of [...idColumns, 'email', 'phone']) {
    if (utf8Length(filled.get(name) ?? '') > maxIdBytes) return `'${name}' is longer than ${maxIdBytes} bytes`
  }
  const externalId = filled.get('external_id')
  if (externalId !== undefined) return { kind: 'external_id', value: externalId }
  const brazeId = filled.get('braze_id')
  if (brazeId !== undefined) return { kind: 'braze_id', value: brazeId }
  const [label, name] = [filled.get('user_alias_label'), filled.get('user_alias_name')]
  if (label !== undefined && name !== undefined) return { kind: 'alias', label, name }
  if (label !== undefined || name !== undefined) {
    return 'an alias needs both user_alias_label and user_alias_name'
  }
  for (const kind of ['email', 'phone'] as const) {
    const value = filled.get(kind)
    if (value !== undefined) return { kind, value }
  }
  return 'the row names no user'
}
