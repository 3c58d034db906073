import { parseIso, toIso } from '../lib/instant.ts'
import { isObject, type Json } from '../lib/json.ts'

/** Limits of one custom attribute (braze.md B.3). Longer texts are cut; larger values change nothing. */
const maxText = 255
const maxItems = 500
const maxBytes = 100_000

type Fields = { readonly [key: string]: Json }

/** An attribute after a given value: its new value, `null` where it is to go, `unchanged` where the value is not valid. */
export type Changed = { readonly value: Json } | 'unchanged'

/**
 * One custom attribute after a value for it: `null` removes; `{"inc": n}` adds to a number; `{"add": […]}` and
 * `{"remove": […]}` change a set of strings; `$add`, `$remove` and `$update` change an array of objects, in this order;
 * an object replaces, or with `mergeObjects` is merged into what there is, all the way down. One wrong part of a nested
 * value leaves the whole attribute as it was.
 */
export function changeAttribute(before: Json | undefined, given: Json, mergeObjects: boolean): Changed {
  const changed = applyValue(before ?? null, given, mergeObjects)
  if (changed === 'unchanged' || changed.value === null) return changed
  return fits(changed.value) ? changed : 'unchanged'
}

function applyValue(before: Json, given: Json, mergeObjects: boolean): Changed {
  if (typeof given === 'string') return { value: cut(given) }
  if (isArray(given)) {
    const value = plain(given)
    return value === undefined ? 'unchanged' : { value }
  }
  if (!isFields(given)) return { value: given }
  const verbs = Object.keys(given)
  if (verbs.length === 1 && typeof given.inc === 'number') return increment(before, given.inc)
  if (verbs.length > 0 && verbs.every((verb) => verb === 'add' || verb === 'remove')) {
    return changeSet(before, given)
  }
  if (verbs.length > 0 && verbs.every((verb) => arrayVerbs.has(verb))) {
    return changeObjects(before, given, mergeObjects)
  }
  const value = plain(given)
  if (value === undefined) return 'unchanged'
  return { value: mergeObjects ? mergeDeep(before, value) : value }
}

function increment(before: Json, by: number): Changed {
  const sum = typeof before === 'number' ? before + by : by
  return Number.isFinite(sum) ? { value: sum } : 'unchanged'
}

/** A set of strings in the order in which they were last added. */
function changeSet(before: Json, { add, remove }: Fields): Changed {
  const added = add === undefined ? [] : add
  const removed = remove === undefined ? [] : remove
  if (!isArray(added) || !isArray(removed)) return 'unchanged'
  const given = new Set(added.map((item) => (typeof item === 'string' ? cut(item) : item)))
  const gone = new Set(removed)
  const rest = (isArray(before) ? before : []).filter((item) => !given.has(item))
  return { value: [...rest, ...given].filter((item) => !gone.has(item)) }
}

const arrayVerbs = new Set(['$add', '$remove', '$update'])

interface Wanted {
  readonly key: string
  readonly value: Json
  readonly newObject: Fields | null
}

function changeObjects(before: Json, given: Fields, mergeObjects: boolean): Changed {
  const added = plainObjects(given.$add ?? [])
  const removed = wantedOf(given.$remove ?? [], false)
  const updated = wantedOf(given.$update ?? [], true)
  if (!added || !removed || !updated) return 'unchanged'
  const isWanted = (item: Json, { key, value }: Wanted): boolean =>
    isFields(item) && Object.hasOwn(item, key) && sameJson(item[key] ?? null, value)
  const kept = [...(isArray(before) ? before : []), ...added].filter(
    (item) => !removed.some((wanted) => isWanted(item, wanted)),
  )
  // Nothing is merged below the first level of an object in an array.
  const update = (object: Json, newObject: Fields): Json =>
    mergeObjects && isFields(object) ? { ...object, ...newObject } : newObject
  const value = kept.map((item) => {
    let object: Json = item
    for (const wanted of updated) {
      if (wanted.newObject !== null && isWanted(object, wanted)) object = update(object, wanted.newObject)
    }
    return object
  })
  return { value }
}

function plainObjects(given: Json): Fields[] | null {
  if (!isArray(given)) return null
  const objects = given.map((item) => (isFields(item) ? plain(item) : undefined))
  const good = objects.filter((item): item is Fields => item !== undefined && isFields(item))
  return good.length === given.length ? good : null
}

function wantedOf(given: Json, withObject: boolean): Wanted[] | null {
  if (!isArray(given)) return null
  const wanted = given.flatMap((item): Wanted[] => {
    if (!isFields(item) || typeof item.$identifier_key !== 'string') return []
    if (item.$identifier_value === undefined) return []
    const object = item.$new_object === undefined ? undefined : plain(item.$new_object)
    if (withObject && (object === undefined || !isFields(object))) return []
    const newObject = object !== undefined && isFields(object) ? object : null
    return [{ key: item.$identifier_key, value: item.$identifier_value, newObject }]
  })
  return wanted.length === given.length ? wanted : null
}

/** A nested value as it is kept: `{"$time": …}` as ISO-8601; undefined where a key or a time is not valid. */
function plain(value: Json): Json | undefined {
  if (typeof value === 'string') return cut(value)
  if (isArray(value)) {
    const items = value.map(plain)
    if (items.some((item) => item === undefined)) return undefined
    const good = items.flatMap((item) => (item === undefined ? [] : [item]))
    return good.some(isFields) ? good : [...new Set(good)]
  }
  if (!isFields(value)) return value
  const keys = Object.keys(value)
  if (keys.length === 1 && keys[0] === '$time') {
    const at = typeof value.$time === 'string' ? parseIso(value.$time) : null
    return at === null ? undefined : toIso(at)
  }
  const entries: [string, Json][] = []
  for (const [key, part] of Object.entries(value)) {
    const kept = plain(part)
    if (kept === undefined || /[.$ ]/.test(key)) return undefined
    entries.push([key, kept])
  }
  return Object.fromEntries(entries)
}

/** An object merged into another: objects all the way down, everything else replaces, `null` removes. */
function mergeDeep(before: Json, given: Json): Json {
  if (!isFields(given)) return given
  const merged = new Map<string, Json>(isFields(before) ? Object.entries(before) : [])
  for (const [key, value] of Object.entries(given)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergeDeep(merged.get(key) ?? null, value))
  }
  return Object.fromEntries(merged)
}

function fits(value: Json): boolean {
  if (isArray(value) && value.length > maxItems) return false
  // A character of JSON.stringify is at least one byte and at most three.
  return typeof value !== 'object' || JSON.stringify(value).length <= maxBytes
}

/** At most 255 characters, never half of one. */
function cut(text: string): string {
  if (text.length <= maxText) return text
  const head = text.slice(0, maxText)
  return head.isWellFormed() ? head : head.slice(0, -1)
}

function sameJson(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isFields(value: Json): value is Fields {
  return isObject(value)
}
