import { type ErrorDetail, invalid } from '@muster/core/lib/error.ts'
import { nearest } from '@muster/core/lib/nearest.ts'
import { z } from 'zod'

/** Takes what a project file says; returns it parsed, or throws `invalid` with one detail a fault, by its path. */
export function parseDefinition<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const details = parsed.error.issues.flatMap((issue) => detailsOf(issue, [], keysOf(schema)))
  throw invalid('bad_definition', `${what} is wrong: ${describe(details[0])}`, {
    hint: 'Correct it as the details say.',
    details,
  })
}

/** The keys that a definition may have; of a union, those of any alternative. */
function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape)
  return schema instanceof z.ZodUnion ? schema.options.flatMap(keysOf) : []
}

type Issue = z.core.$ZodIssue

function detailsOf(issue: Issue, prefix: readonly PropertyKey[], known: readonly string[]): ErrorDetail[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = path.length === 0 ? nearest(key, known) : null
      return { where: where([...path, key]), message: `unknown key${near ? `; did you mean ${near}?` : ''}` }
    })
  }
  if (issue.code === 'invalid_union') {
    const branch = closest(issue.errors)
    if (branch) return branch.flatMap((inner) => detailsOf(inner, path, path.length === 0 ? known : []))
  }
  return [{ where: where(path), message: issue.message }]
}

/** Of a union's alternatives the one that was meant: a fault at its top weighs more than one within. */
function closest(alternatives: readonly Issue[][]): Issue[] | undefined {
  const score = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.path.length === 0 ? 10 : 1), 0)
  return [...alternatives].sort((a, b) => score(a) - score(b))[0]
}

/** `identifiers.0.alias.label`: the form in which the command line finds a place in a file. */
function where(path: readonly PropertyKey[]): string {
  return path.map(String).join('.')
}

function describe(detail: ErrorDetail | undefined): string {
  return detail ? `${detail.where ? `${detail.where}: ` : ''}${detail.message}` : 'it has another form'
}
