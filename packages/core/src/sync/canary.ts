import { z } from 'zod'
import { formatShare, Share } from '../lib/share.ts'
import type { Couple } from './coupling.ts'

/**
 * The first changes of a run go alone: `first` of each operation. Only when they are settled and found good are the others
 * sent. `min_matched` is of the additions that were accepted, by what the destination says is in the cohort, where it says that.
 */
export const Canary = z.strictObject({
  first: z.int().min(1).max(100_000),
  max_rejected: Share.default(0.01),
  min_matched: Share.optional(),
})
export type Canary = z.output<typeof Canary>

/** What a run tries first, where its sync has a rule, where the run was begun with a number, or both. */
export function canaryOf(rule: Canary | undefined, first: number | null): Canary | null {
  if (first === null) return rule ?? null
  return { max_rejected: 0.01, ...rule, first }
}

/** How many removals and additions, the first by number, are tried before the others. */
export interface CanaryCut {
  readonly removed: number
  readonly added: number
}

/** The changes as far as the choice goes by them; `fresh` is how many of the additions are new, the first by number. */
export interface CanaryChoice {
  readonly removed: number
  readonly added: number
  readonly fresh: number
  readonly couples: readonly Couple[]
}

/**
 * Chooses the changes that are tried, by their places. They are whole for themselves: whoever loses an identifier in them
 * and stands under another gets the other in them as well, so that a run which goes no further leaves nobody outside
 * (design §3.4). So a removal is chosen that belongs to no addition, or to a new one that belongs to no other removal.
 */
export function chooseCanary(
  { removed, added, fresh, couples }: CanaryChoice,
  first: number,
): { readonly removed: readonly number[]; readonly added: readonly number[] } {
  const additionsOf = Map.groupBy(couples, (couple) => couple.removed)
  const removalsOf = Map.groupBy(couples, (couple) => couple.added)
  const isWhole = (removal: number): boolean => {
    const [one, ...others] = additionsOf.get(removal) ?? []
    if (!one) return true
    return others.length === 0 && one.added < fresh && removalsOf.get(one.added)?.length === 1
  }
  const places = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
  const chosen = places(removed).filter(isWhole).slice(0, first)
  const completing = chosen.flatMap((removal) =>
    (additionsOf.get(removal) ?? []).map((couple) => couple.added),
  )
  const alone = places(removed === 0 ? added : fresh).filter((addition) => !removalsOf.has(addition))
  const rest = alone.slice(0, Math.max(0, first - completing.length))
  return { removed: chosen, added: [...completing.sort((a, b) => a - b), ...rest] }
}

/** How the first changes ended. */
export interface CanaryFigures {
  readonly accepted: number
  readonly rejected: number
  readonly added: number
  /** How many of the accepted additions are in the cohort; null where the destination tells nobody. */
  readonly matched: number | null
}

/** What was found; held until a person releases or cancels the run. */
export interface CanaryCheck extends CanaryFigures {
  readonly verdict: 'passed' | 'held' | 'released'
  /** What is not as the rule says, a sentence each. */
  readonly findings: readonly string[]
}

/** Judges the first changes of a run once all of them are settled. */
export function judgeCanary(rule: Canary, figures: CanaryFigures): CanaryCheck {
  const { accepted, rejected, added, matched } = figures
  const findings: string[] = []
  const share = (part: number, whole: number, ofNone: number): number => (whole === 0 ? ofNone : part / whole)
  const settled = accepted + rejected
  const rejectedShare = share(rejected, settled, 0)
  if (rejectedShare > rule.max_rejected) {
    findings.push(
      `${rejected} of the first ${settled} changes were rejected (${formatShare(rejectedShare)}); at most ${formatShare(rule.max_rejected)} are allowed`,
    )
  }
  if (rule.min_matched !== undefined && matched === null) {
    findings.push('the destination tells nobody who is in the cohort, so that min_matched cannot be judged')
  }
  const matchedShare = share(matched ?? added, added, 1)
  if (rule.min_matched !== undefined && matchedShare < rule.min_matched) {
    findings.push(
      `${matched} of the first ${added} accepted additions are in the cohort (${formatShare(matchedShare)}); at least ${formatShare(rule.min_matched)} are expected`,
    )
  }
  return { ...figures, verdict: findings.length === 0 ? 'passed' : 'held', findings }
}
