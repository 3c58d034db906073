import { z } from 'zod'
import { assertNever } from '../lib/assert-never.ts'
import type { Json } from '../lib/json.ts'
import { type Profile, profileFields } from './profile.ts'

export const AttributeValue = z.union([z.string(), z.number(), z.boolean()])
export type AttributeValue = z.infer<typeof AttributeValue>

/**
 * A segment is a tree of filters. `cohort` names a cohort by its partner and the partner's id, so that renaming the
 * cohort never breaks the segment.
 */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | {
      readonly kind: 'cohort'
      readonly partner: string
      readonly cohort_id: string
      readonly operator: 'includes' | 'does_not_include'
    }
  | {
      readonly kind: 'field'
      readonly field: (typeof profileFields)[number]
      readonly operator: 'equals' | 'does_not_equal'
      readonly value: string
    }
  | {
      readonly kind: 'custom_attribute'
      readonly name: string
      readonly operator: 'equals' | 'does_not_equal'
      readonly value: AttributeValue
    }

const Tree: z.ZodType<Filter> = z
  .lazy(() =>
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('all'), of: z.array(Tree).min(1).max(100) }),
      z.strictObject({ kind: z.literal('any'), of: z.array(Tree).min(1).max(100) }),
      z.strictObject({
        kind: z.literal('cohort'),
        partner: z.string().min(1),
        cohort_id: z.string().min(1),
        operator: z.enum(['includes', 'does_not_include']),
      }),
      z.strictObject({
        kind: z.literal('field'),
        field: z.enum(profileFields),
        operator: z.enum(['equals', 'does_not_equal']),
        value: z.string(),
      }),
      z.strictObject({
        kind: z.literal('custom_attribute'),
        name: z.string().min(1).max(255),
        operator: z.enum(['equals', 'does_not_equal']),
        value: AttributeValue,
      }),
    ]),
  )
  .meta({ id: 'Filter' })

/** Ours: nobody reads a deeper tree, and its SQL nests as deep. */
const deepestFilter = 20

export const Filter = Tree.refine((filter) => depthOf(filter) <= deepestFilter, {
  error: `filters may be nested at most ${deepestFilter} deep`,
})

function depthOf(filter: Filter): number {
  if (filter.kind !== 'all' && filter.kind !== 'any') return 1
  return 1 + filter.of.reduce((deepest, part) => Math.max(deepest, depthOf(part)), 0)
}

/** Finds a cohort's store id by partner and cohort_id; null where there is no such cohort: nobody is in it. */
export type CohortIds = (partner: string, cohortId: string) => number | null

/**
 * The reference interpreter: is the profile in the segment? `segment-sql.ts` of the server compiles the same tree to
 * SQL, and a property test holds the two equal. A value that is not set equals nothing, and so does not equal every
 * value (braze.md C.2).
 */
export function matches(filter: Filter, profile: Profile, cohortIds: CohortIds): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((part) => matches(part, profile, cohortIds))
    case 'any':
      return filter.of.some((part) => matches(part, profile, cohortIds))
    case 'cohort': {
      const id = cohortIds(filter.partner, filter.cohort_id)
      const isIn = id !== null && profile.cohorts.has(id)
      return filter.operator === 'includes' ? isIn : !isIn
    }
    case 'field':
      return equals(profile.fields[filter.field], filter.value) === (filter.operator === 'equals')
    case 'custom_attribute':
      return equals(profile.custom[filter.name], filter.value) === (filter.operator === 'equals')
    default:
      return assertNever(filter)
  }
}

function equals(actual: Json | undefined, wanted: AttributeValue): boolean {
  return typeof actual === typeof wanted && actual === wanted
}

/** A filter with its answer for one person, for "why is this person (not) in the segment?". */
export interface Explanation {
  readonly filter: string
  readonly holds: boolean
  readonly parts: readonly Explanation[]
}

/** How a cohort filter names its cohort to people. */
export type CohortNames = (partner: string, cohortId: string) => string

/** Evaluates every filter of the tree for one person and says each in words. */
export function explain(
  filter: Filter,
  profile: Profile,
  cohortIds: CohortIds,
  cohortNames: CohortNames,
): Explanation {
  const parts =
    filter.kind === 'all' || filter.kind === 'any'
      ? filter.of.map((part) => explain(part, profile, cohortIds, cohortNames))
      : []
  return {
    filter: describeFilter(filter, cohortNames, false),
    holds: matches(filter, profile, cohortIds),
    parts,
  }
}

/** Says a filter in words; with `deep`, its parts too. */
export function describeFilter(filter: Filter, cohortNames: CohortNames, deep = true): string {
  const operator = (name: string): string => name.replaceAll('_', ' ')
  switch (filter.kind) {
    case 'all':
    case 'any': {
      if (!deep) return filter.kind === 'all' ? 'all of' : 'any of'
      const joined = filter.of
        .map((part) => describeFilter(part, cohortNames))
        .join(filter.kind === 'all' ? ' and ' : ' or ')
      return filter.of.length > 1 ? `(${joined})` : joined
    }
    case 'cohort':
      return `${partnerTitle(filter.partner)} Cohorts ${operator(filter.operator)} "${cohortNames(filter.partner, filter.cohort_id)}"`
    case 'field':
      return `${filter.field} ${operator(filter.operator)} "${filter.value}"`
    case 'custom_attribute':
      return `custom attribute ${filter.name} ${operator(filter.operator)} ${JSON.stringify(filter.value)}`
    default:
      return assertNever(filter)
  }
}

const knownTitles: { readonly [slug: string]: string } = { appsflyer: 'AppsFlyer' }

/** `hightouch` → `Hightouch`, `treasure_data` → `Treasure Data`. */
export function partnerTitle(slug: string): string {
  const known = Object.hasOwn(knownTitles, slug) ? knownTitles[slug] : undefined
  if (known !== undefined) return known
  return slug
    .split(/[_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

/** Every cohort that the tree names, each once. */
export function cohortsOf(filter: Filter): { readonly partner: string; readonly cohort_id: string }[] {
  const found = new Map<string, { partner: string; cohort_id: string }>()
  const walk = (f: Filter): void => {
    if (f.kind === 'all' || f.kind === 'any') for (const part of f.of) walk(part)
    else if (f.kind === 'cohort') {
      found.set(JSON.stringify([f.partner, f.cohort_id]), { partner: f.partner, cohort_id: f.cohort_id })
    }
  }
  walk(filter)
  return [...found.values()]
}
