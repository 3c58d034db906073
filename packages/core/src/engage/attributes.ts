import { isObject, type Json } from '../lib/json.ts'
import { type Profile, type ProfileField, profileFields } from './profile.ts'

/** What a profile says of its person. */
export type ProfileContent = Pick<Profile, 'fields' | 'custom'>

export const emptyContent: ProfileContent = { fields: {}, custom: {} }

const known: ReadonlySet<string> = new Set(profileFields)

function isField(name: string): name is ProfileField {
  return known.has(name)
}

/** What is wrong with a set of attributes, in Braze's words, or null. */
export function attributesProblem(attributes: ReadonlyMap<string, Json>): string | null {
  for (const [name, value] of attributes) {
    if (!isField(name) || value === null) continue
    if (typeof value !== 'string' && typeof value !== 'number') return `'${name}' is not valid`
    if (name === 'email' && !/^[^\s@]+@[^\s@]+$/.test(String(value))) {
      return "The value provided for the 'email' field is not a valid email."
    }
  }
  return null
}

/**
 * The content after a set of attributes (braze.md B.3): null removes, `{"inc": n}` adds to a number, `{"add": […]}` and
 * `{"remove": […]}` change a set of strings, anything else replaces.
 */
export function applyAttributes(
  content: ProfileContent,
  attributes: ReadonlyMap<string, Json>,
): ProfileContent {
  const fields = new Map<string, string>(Object.entries(content.fields))
  const custom = new Map<string, Json>(Object.entries(content.custom))
  for (const [name, value] of attributes) {
    if (isField(name)) {
      if (value === null) fields.delete(name)
      else fields.set(name, String(value))
    } else {
      const next = value === null ? null : changed(custom.get(name), value)
      if (next === null) custom.delete(name)
      else custom.set(name, next)
    }
  }
  return { fields: Object.fromEntries(fields), custom: Object.fromEntries(custom) }
}

function changed(before: Json | undefined, value: Json): Json | null {
  const operation = onlyEntry(value)
  if (operation === null) return value
  const [verb, operand] = operation
  if (verb === 'inc' && typeof operand === 'number') {
    return typeof before === 'number' ? before + operand : operand
  }
  if ((verb === 'add' || verb === 'remove') && Array.isArray(operand)) {
    const given = new Set<Json>(operand)
    const rest = (Array.isArray(before) ? before : []).filter((item: Json) => !given.has(item))
    return verb === 'add' ? [...rest, ...given] : rest
  }
  return value
}

function onlyEntry(value: Json): readonly [string, Json] | null {
  if (!isObject(value)) return null
  const entries = Object.entries(value)
  const [entry] = entries
  return entries.length === 1 && entry !== undefined ? [entry[0], entry[1] as Json] : null
}

/** The content of a profile that takes in another's: what it has wins, what it lacks is added (braze.md B.2). */
export function mergeContent(kept: ProfileContent, orphaned: ProfileContent): ProfileContent {
  return {
    fields: { ...orphaned.fields, ...kept.fields },
    custom: Object.fromEntries([...Object.entries(orphaned.custom), ...Object.entries(kept.custom)]),
  }
}
