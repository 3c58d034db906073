import { z } from 'zod'
import { Duration, formatDuration, parseDuration } from '../lib/duration.ts'
import { type Instant, toIso } from '../lib/instant.ts'
import { formatShare, Share } from '../lib/share.ts'
import type { RowAccounting } from './member.ts'

/**
 * Limits that hold a plan for a person to look at. Shares of removals and additions are of those who may be members: the accepted ones and the unsure.
 * A first run has nothing to compare with: only numbers, `min_members`, `max_age` and the row guards judge it.
 *
 * `max_deviation` is of the model's members from the median of the last runs that ended well, up or down, once there are
 * three. `max_age` is of the newest value in a column of times: data that has stopped moving is not sent.
 */
export const Guards = z.strictObject({
  max_removed: Share.optional(),
  max_removed_count: z.int().min(0).optional(),
  max_added: Share.optional(),
  max_added_count: z.int().min(0).optional(),
  min_members: z.int().min(0).optional(),
  max_deviation: Share.optional(),
  max_null_keys: Share.optional(),
  max_invalid: Share.optional(),
  max_age: z.strictObject({ column: z.string().min(1), than: Duration }).optional(),
  /** What a broken guard holds: the plan (as when it is absent), or, of a guard of removals or of additions, only these. */
  holds: z.enum(['plan', 'part']).optional(),
})
export type Guards = z.output<typeof Guards>

/** What holds where the sync says nothing: an empty or shrunken read is never a new truth (design §3.9). */
export const defaultGuards = { max_removed: 0.15, min_members: 1, max_null_keys: 0.5 } as const

export const GuardName = Guards.omit({ holds: true }).keyof()
export type GuardName = z.infer<typeof GuardName>

/**
 * What a guard found and what it allows, in one unit, so that it can be drawn and said in any language: a number of members, a
 * share with its part and whole, or the age in ms of the newest time in a column (null: no row has a time).
 */
export const BreachFigures = z.discriminatedUnion('unit', [
  z.object({ unit: z.literal('members'), value: z.number(), limit: z.number() }),
  z.object({
    unit: z.literal('share'),
    value: z.number(),
    limit: z.number(),
    part: z.number(),
    whole: z.number(),
  }),
  z.object({ unit: z.literal('age'), value: z.number().nullable(), limit: z.number(), column: z.string() }),
])
export type BreachFigures = z.infer<typeof BreachFigures>

export interface GuardBreach {
  readonly guard: GuardName
  /** One sentence: which guard, by how much. */
  readonly message: string
  /** Absent in plans of before. */
  readonly figures?: BreachFigures | undefined
}

export interface PlanFigures {
  readonly rows: RowAccounting
  /** Members that the destination has accepted so far; null before the first run. */
  readonly accepted: number | null
  /** Beside them, of whom nobody knows whether they are in or out: a removal is sent of them too. */
  readonly unsure?: number | undefined
  readonly removed: number
  /** New members only, without those asserted again. */
  readonly added: number
  /** How many members the model usually gives (`usualMembers`); null where there are too few runs to say. */
  readonly usual: number | null
  /** The newest time in the column of `max_age`, and now; absent where the sync has no such guard. */
  readonly freshness?: Freshness | undefined
}

export interface Freshness {
  /** Null where no row has a time. */
  readonly newest: Instant | null
  readonly now: Instant
}

/** Runs that `usualMembers` looks back at. */
export const runsRemembered = 7
const runsNeeded = 3

/** Takes the members of the last runs that ended well; returns their median, or null where there are too few. */
export function usualMembers(members: readonly number[]): number | null {
  if (members.length < runsNeeded) return null
  const sorted = [...members].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}

/** Takes the figures of a plan; returns every guard that they break, in the order of the guards. */
export function judge(guards: Guards, figures: PlanFigures): GuardBreach[] {
  const rules: Guards = { ...defaultGuards, ...guards }
  const { rows, accepted } = figures
  const breaches: GuardBreach[] = []
  const breach = (guard: GuardName, found: BreachFigures, message: string): void =>
    void breaches.push({ guard, message, figures: found })
  const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

  if (rules.min_members !== undefined && rows.members < rules.min_members) {
    breach(
      'min_members',
      { unit: 'members', value: rows.members, limit: rules.min_members },
      `the model gives ${count(rows.members, 'member')}; at least ${rules.min_members} are expected`,
    )
  }
  const nullShare = shareOf(rows.null, rows.read)
  if (rules.max_null_keys !== undefined && nullShare > rules.max_null_keys) {
    breach(
      'max_null_keys',
      { unit: 'share', value: nullShare, limit: rules.max_null_keys, part: rows.null, whole: rows.read },
      `${count(rows.null, 'row')} of ${rows.read} (${formatShare(nullShare)}) have no identifier; at most ${formatShare(rules.max_null_keys)} are allowed`,
    )
  }
  const invalidShare = shareOf(rows.invalid, rows.read)
  if (rules.max_invalid !== undefined && invalidShare > rules.max_invalid) {
    breach(
      'max_invalid',
      { unit: 'share', value: invalidShare, limit: rules.max_invalid, part: rows.invalid, whole: rows.read },
      `${count(rows.invalid, 'row')} of ${rows.read} (${formatShare(invalidShare)}) have an invalid identifier; at most ${formatShare(rules.max_invalid)} are allowed`,
    )
  }
  const deviation = Math.abs(rows.members - (figures.usual ?? rows.members)) / Math.max(1, figures.usual ?? 1)
  if (rules.max_deviation !== undefined && deviation > rules.max_deviation) {
    breach(
      'max_deviation',
      {
        unit: 'share',
        value: deviation,
        limit: rules.max_deviation,
        part: rows.members,
        whole: figures.usual ?? rows.members,
      },
      `the model gives ${count(rows.members, 'member')} and usually ${figures.usual} (${formatShare(deviation)} away); at most ${formatShare(rules.max_deviation)} are allowed`,
    )
  }
  breaches.push(...judgeAge(rules, figures))
  if (rules.max_added_count !== undefined && figures.added > rules.max_added_count) {
    breach(
      'max_added_count',
      { unit: 'members', value: figures.added, limit: rules.max_added_count },
      `the plan adds ${figures.added} members; at most ${rules.max_added_count} are allowed`,
    )
  }
  if (rules.max_removed_count !== undefined && figures.removed > rules.max_removed_count) {
    breach(
      'max_removed_count',
      { unit: 'members', value: figures.removed, limit: rules.max_removed_count },
      `the plan removes ${figures.removed} members; at most ${rules.max_removed_count} are allowed`,
    )
  }
  if (accepted === null) return breaches
  const whole = accepted + (figures.unsure ?? 0)
  const removedShare = shareOf(figures.removed, whole)
  if (rules.max_removed !== undefined && removedShare > rules.max_removed) {
    breach(
      'max_removed',
      {
        unit: 'share',
        value: removedShare,
        limit: rules.max_removed,
        part: figures.removed,
        whole,
      },
      `the plan removes ${figures.removed} of ${count(whole, 'member')} (${formatShare(removedShare)}); at most ${formatShare(rules.max_removed)} are allowed`,
    )
  }
  // Whoever was sent before and is not known to have come in is judged when they first come.
  if (accepted === 0) return breaches
  const addedShare = shareOf(figures.added, whole)
  if (rules.max_added !== undefined && addedShare > rules.max_added) {
    breach(
      'max_added',
      { unit: 'share', value: addedShare, limit: rules.max_added, part: figures.added, whole },
      `the plan adds ${figures.added} to ${count(whole, 'member')} (${formatShare(addedShare)}); at most ${formatShare(rules.max_added)} are allowed`,
    )
  }
  return breaches
}

function judgeAge({ max_age: rule }: Guards, { freshness }: PlanFigures): GuardBreach[] {
  if (!rule || !freshness) return []
  const { newest, now } = freshness
  const limit = parseDuration(rule.than) ?? 0
  if (newest !== null && now - newest <= limit) return []
  const found =
    newest === null
      ? `no row has a time in ${rule.column}`
      : `the newest ${rule.column} is ${toIso(newest)}, ${formatDuration(wholeMinutes(now - newest))} old`
  const value = newest === null ? null : now - newest
  return [
    {
      guard: 'max_age',
      message: `${found}; at most ${rule.than} is allowed`,
      figures: { unit: 'age', value, limit, column: rule.column },
    },
  ]
}

function wholeMinutes(ms: number): number {
  return Math.floor(ms / 60_000) * 60_000
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
