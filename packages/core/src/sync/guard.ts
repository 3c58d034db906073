import { z } from 'zod'
import { formatShare, Share } from '../lib/share.ts'
import type { RowAccounting } from './member.ts'

/**
 * Limits that hold a plan for a person to look at. Shares of removals and additions are of the accepted members.
 * A first run has nothing to compare with: only `min_members` and the row guards judge it.
 */
export const Guards = z.strictObject({
  max_removed: Share.optional(),
  max_removed_count: z.int().min(0).optional(),
  max_added: Share.optional(),
  min_members: z.int().min(0).optional(),
  max_null_keys: Share.optional(),
  max_invalid: Share.optional(),
})
export type Guards = z.output<typeof Guards>

/** What holds where the sync says nothing: an empty or shrunken read is never a new truth (design §3.9). */
export const defaultGuards = { max_removed: 0.15, min_members: 1, max_null_keys: 0.5 } as const

export type GuardName = keyof Guards

export interface GuardBreach {
  readonly guard: GuardName
  /** One sentence: which guard, by how much. */
  readonly message: string
}

export interface PlanFigures {
  readonly rows: RowAccounting
  /** Members that the destination has accepted so far; null before the first run. */
  readonly accepted: number | null
  readonly removed: number
  /** New members only, without those asserted again. */
  readonly added: number
}

/** Takes the figures of a plan; returns every guard that they break, in the order of the guards. */
export function judge(guards: Guards, figures: PlanFigures): GuardBreach[] {
  const rules: Guards = { ...defaultGuards, ...guards }
  const { rows, accepted } = figures
  const breaches: GuardBreach[] = []
  const breach = (guard: GuardName, message: string): void => void breaches.push({ guard, message })
  const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

  if (rules.min_members !== undefined && rows.members < rules.min_members) {
    breach(
      'min_members',
      `the model gives ${count(rows.members, 'member')}; at least ${rules.min_members} are expected`,
    )
  }
  const nullShare = shareOf(rows.null, rows.read)
  if (rules.max_null_keys !== undefined && nullShare > rules.max_null_keys) {
    breach(
      'max_null_keys',
      `${count(rows.null, 'row')} of ${rows.read} (${formatShare(nullShare)}) have no identifier; at most ${formatShare(rules.max_null_keys)} are allowed`,
    )
  }
  const invalidShare = shareOf(rows.invalid, rows.read)
  if (rules.max_invalid !== undefined && invalidShare > rules.max_invalid) {
    breach(
      'max_invalid',
      `${count(rows.invalid, 'row')} of ${rows.read} (${formatShare(invalidShare)}) have an invalid identifier; at most ${formatShare(rules.max_invalid)} are allowed`,
    )
  }
  if (rules.max_removed_count !== undefined && figures.removed > rules.max_removed_count) {
    breach(
      'max_removed_count',
      `the plan removes ${figures.removed} members; at most ${rules.max_removed_count} are allowed`,
    )
  }
  if (accepted === null || accepted === 0) return breaches
  const removedShare = figures.removed / accepted
  if (rules.max_removed !== undefined && removedShare > rules.max_removed) {
    breach(
      'max_removed',
      `the plan removes ${figures.removed} of ${count(accepted, 'member')} (${formatShare(removedShare)}); at most ${formatShare(rules.max_removed)} are allowed`,
    )
  }
  const addedShare = figures.added / accepted
  if (rules.max_added !== undefined && addedShare > rules.max_added) {
    breach(
      'max_added',
      `the plan adds ${figures.added} to ${count(accepted, 'member')} (${formatShare(addedShare)}); at most ${formatShare(rules.max_added)} are allowed`,
    )
  }
  return breaches
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
