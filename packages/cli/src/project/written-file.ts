import { isAbsolute, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isObject } from '@muster/core/lib/json.ts'
import { Document, isCollection, isScalar, parseDocument } from 'yaml'
import { projectFolders } from './project.ts'
import type { ServerResource } from './server-resources.ts'

/** The texts of a resource's files; `sql` is null where the definition has none of its own. */
export interface WrittenFile {
  readonly yaml: string
  readonly sql: string | null
}

const dots = '••••'
const yamlStyle = { lineWidth: 100 } as const

/**
 * A new file for what the server has. What the schema says by default is left out, a secret becomes the name of an
 * environment variable, a path below the project's folder counts from there.
 */
export function newFile(resource: ServerResource, root: string): WrittenFile {
  const { sql, rest } = apart(inWords(resource, withoutDefaults(resource), root))
  return { yaml: new Document(asWritten(rest)).toString(yamlStyle), sql }
}

/** The files of a resource as they stand in the project. */
export interface StandingFile extends WrittenFile {
  /** What they say, with the environment's values in their places. */
  readonly stated: Readonly<Record<string, unknown>>
}

/**
 * The files with what the server has otherwise. Only keys whose value differs are written: comments, order and
 * `${NAME}` of all others stay as they are, and so do secrets, which the server does not tell.
 */
export function changedFile(standing: StandingFile, resource: ServerResource, root: string): WrittenFile {
  const document = parseDocument(standing.yaml)
  const before = inWords(resource, standing.stated, root)
  const after = inWords(resource, withSecretsOf(standing.stated, withoutDefaults(resource)), root)
  if (standing.sql === null) {
    setDifferences(document, [], { before, after })
    return { yaml: document.toString(yamlStyle), sql: null }
  }
  const { sql, rest } = apart(after)
  setDifferences(document, [], { before: apart(before).rest, after: rest })
  return { yaml: document.toString(yamlStyle), sql: sql ?? standing.sql }
}

/** A definition whose dots are what the file says in their places. */
function withSecretsOf(
  stated: Readonly<Record<string, unknown>>,
  definition: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { config } = definition
  if (!isObject(config) || !isObject(stated.config)) return definition
  const known = stated.config
  const entries = Object.entries(config).map(([field, value]) => [
    field,
    value === dots && field in known ? known[field] : value,
  ])
  return { ...definition, config: Object.fromEntries(entries) }
}

/** A model's SQL has a file of its own. */
function apart(definition: Readonly<Record<string, unknown>>): {
  readonly sql: string | null
  readonly rest: Readonly<Record<string, unknown>>
} {
  const { sql, ...rest } = definition
  return typeof sql === 'string' ? { sql, rest } : { sql: null, rest: definition }
}

/** Keys without which the schema gives the same. */
function withoutDefaults({ kind, definition }: ServerResource): Record<string, unknown> {
  const schema = projectFolders.find((part) => part.kind === kind)?.schema
  const whole = schema?.safeParse(definition).data
  const needless = (key: string): boolean => {
    const { [key]: _, ...rest } = definition
    const parsed = schema?.safeParse(rest)
    return parsed?.success === true && isDeepStrictEqual(parsed.data, whole)
  }
  return Object.fromEntries(Object.entries(definition).filter(([key]) => !needless(key)))
}

/** Stands in a definition where a file names a variable of the environment. */
class Variable {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** The definition in the words of a file. */
function inWords(
  { name }: ServerResource,
  definition: Readonly<Record<string, unknown>>,
  root: string,
): Readonly<Record<string, unknown>> {
  const { config, schedule } = definition
  if (isObject(schedule) && isObject(schedule.dbt) && typeof schedule.dbt.run_results === 'string') {
    const run_results = fromRoot(root, schedule.dbt.run_results)
    return { ...definition, schedule: { dbt: { ...schedule.dbt, run_results } } }
  }
  if (!isObject(config)) return definition
  const entries = Object.entries(config).map(([field, value]) => {
    if (value === dots) return [field, new Variable(variableName(name, field))]
    return [field, field === 'path' && typeof value === 'string' ? fromRoot(root, value) : value]
  })
  return { ...definition, config: Object.fromEntries(entries) }
}

function variableName(name: string, field: string): string {
  return `${name}_${field}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

/** What YAML is made of: a variable by its name, and every text so that reading it gives the same. */
function asWritten(value: unknown): unknown {
  if (value instanceof Variable) return `\${${value.name}}`
  if (typeof value === 'string') return value.replaceAll(/\$\{(?=[A-Z][A-Z0-9_]*\})/g, '$$$${')
  if (Array.isArray(value)) return value.map(asWritten)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asWritten(part)]))
}

function fromRoot(root: string, path: string): string {
  const inside = relative(root, path)
  return isAbsolute(path) && inside !== '' && !inside.startsWith('..') ? inside : path
}

interface Difference {
  readonly before: unknown
  readonly after: unknown
}

function setDifferences(document: Document, path: readonly string[], { before, after }: Difference): void {
  if (isDeepStrictEqual(before, after)) return
  if (isObject(before) && isObject(after) && isCollection(document.getIn(path, true))) {
    for (const key of Object.keys(before)) if (!(key in after)) document.deleteIn([...path, key])
    for (const [key, value] of Object.entries(after)) {
      setDifferences(document, [...path, key], { before: before[key], after: value })
    }
    return
  }
  const standing = document.getIn(path, true)
  const node = document.createNode(asWritten(after))
  if (isScalar(standing) && standing.comment) node.comment = standing.comment
  document.setIn(path, node)
}
