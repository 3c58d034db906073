import { z } from 'zod'
import { isObject } from './json.ts'
import { nearest } from './nearest.ts'

/** One thing that is wrong with what somebody wrote: where, and in words that need no knowledge of schemas. */
export interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export type Parsed<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Takes a schema and a value that a person wrote; returns it parsed, or every problem with its place. */
export function parseWritten<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const parsed = schema.safeParse(value, { error: sayIssue })
  if (parsed.success) return { ok: true, data: parsed.data }
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, [], { schema, value }))
  return { ok: false, problems: withoutRenamed(problems) }
}

interface Written {
  readonly schema: z.ZodType
  readonly value: unknown
}

type Issue = z.core.$ZodIssue

function problemsOf(issue: Issue, prefix: readonly PropertyKey[], written: Written): Found[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemasAt(written.schema, path))
    return issue.keys.map((key) => ({
      path: [...path, key],
      ...strayKey(key, known, valueAt(written.value, path)),
    }))
  }
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }]
  const meant = closest(issue.errors, (inner) => valueAt(written.value, [...path, ...inner.path]))
  if (meant) return meant.flatMap((inner) => problemsOf(inner, path, written))
  if (issue.message !== unsaid) return [{ path, message: issue.message }]
  const words = constantsOf(schemasAt(written.schema, path))
  return [{ path, message: words.length > 0 ? choice(words, valueAt(written.value, path)) : unsaid }]
}

interface Found extends Problem {
  /** The key that was meant, where one was written wrong. */
  readonly meant?: string
}

function strayKey(
  key: string,
  known: readonly string[],
  within: unknown,
): { message: string; meant?: string } {
  if (known.includes(key)) {
    const others = Object.keys(isObject(within) ? within : {}).filter((other) => other !== key)
    return { message: `"${key}" does not go together with "${others.join('", "')}"` }
  }
  const meant = nearest(key, known)
  return meant === null
    ? { message: `unknown key "${key}"; known are ${known.join(', ')}` }
    : { message: `unknown key "${key}"; did you mean ${meant}?`, meant }
}

/** A key that was written wrong is told once, not a second time as missing. */
function withoutRenamed(found: readonly Found[]): Problem[] {
  const meant = new Set(found.flatMap((one) => (one.meant === undefined ? [] : [placeOf(siblingOf(one))])))
  return found
    .filter((one) => one.message !== missing || !meant.has(placeOf(one.path)))
    .map(({ path, message }) => ({ path, message }))
}

function siblingOf({ path, meant = '' }: Found): readonly PropertyKey[] {
  return [...path.slice(0, -1), meant]
}

function placeOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String))
}

/**
 * Of a union's alternatives the one that was meant: a key too many weighs more than a value that is wrong, and a key that
 * is missing most. Null where the value is of another kind than any of them takes.
 */
function closest(
  alternatives: readonly (readonly Issue[])[],
  judged: (issue: Issue) => unknown,
): readonly Issue[] | null {
  const weigh = (issue: Issue): number => {
    const ofAnotherKind = issue.code === 'invalid_type' || issue.code === 'invalid_value'
    if (ofAnotherKind && issue.path.length === 0) return Number.POSITIVE_INFINITY
    // What is wrong deeper within got past this level.
    const share = (level: number): number => (issue.path.length > level ? 0.1 : 1)
    if (issue.code === 'unrecognized_keys') return 3 * issue.keys.length * share(0)
    return (issue.code === 'invalid_type' && judged(issue) === undefined ? 4 : 1) * share(1)
  }
  const weights = alternatives.map((issues) => issues.reduce((sum, issue) => sum + weigh(issue), 0))
  const least = Math.min(...weights)
  return Number.isFinite(least) ? (alternatives[weights.indexOf(least)] ?? null) : null
}

const missing = 'is missing'

/** Of a union that says nothing of its own. */
const unsaid = 'has another form than is expected here'

const namesOfTypes: { readonly [type: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
}

/** What a schema that has no words of its own says. */
function sayIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return missing
      return `must be ${namesOfTypes[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return issue.input === undefined ? missing : choice(issue.values.map(String), issue.input)
    case 'too_small':
      return saySize(issue.origin, issue.minimum, 'least')
    case 'too_big':
      return saySize(issue.origin, issue.maximum, 'most')
    case 'invalid_union':
      return unsaid
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL' : undefined
    default:
      return undefined
  }
}

function saySize(origin: string, limit: number | bigint, bound: 'least' | 'most'): string {
  if (bound === 'least' && Number(limit) === 1 && origin !== 'number' && origin !== 'int') {
    return 'must not be empty'
  }
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' items' : ''
  return `must ${unit === '' ? 'be' : 'have'} at ${bound} ${limit}${unit}`
}

function choice(words: readonly string[], written: unknown): string {
  const near = typeof written === 'string' ? nearest(written, words) : null
  const said = words.length === 1 ? `must be ${words[0]}` : `must be one of ${words.join(', ')}`
  return near === null ? said : `${said}; did you mean ${near}?`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => {
    if (Array.isArray(at)) return typeof step === 'number' ? at[step] : undefined
    return isObject(at) && typeof step === 'string' ? at[step] : undefined
  }, value)
}

/** The schemas that judge what stands at the path; several where a union has alternatives. */
function schemasAt(schema: unknown, path: readonly PropertyKey[]): unknown[] {
  const [step, ...rest] = path
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => schemasAt(one, path))
  const inner = within(schema)
  if (inner !== null) return schemasAt(inner, path)
  if (step === undefined) return [schema]
  if (schema instanceof z.ZodArray) return schemasAt(schema.element, rest)
  if (schema instanceof z.ZodRecord) return schemasAt(schema.valueType, rest)
  if (schema instanceof z.ZodObject && typeof step === 'string') {
    return Object.hasOwn(schema.shape, step) ? schemasAt(schema.shape[step], rest) : []
  }
  return []
}

/** What a schema wraps that only adds a default, a transformation or the freedom to be absent. */
function within(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schema.unwrap()
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.unwrap()
  if (schema instanceof z.ZodLazy) return schema.unwrap()
  return schema instanceof z.ZodPipe ? schema.in : null
}

function keysOf(schemas: readonly unknown[]): string[] {
  return [...new Set(schemas.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))]
}

function constantsOf(schemas: readonly unknown[]): string[] {
  return schemas.flatMap((one) => (one instanceof z.ZodLiteral ? [...one.values].map(String) : []))
}
