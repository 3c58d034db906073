import type { CanaryChoice } from './canary.ts'
import type { GuardBreach, GuardName, Guards } from './guard.ts'

/** What of a plan waits for a person, while the rest of it may go. */
export type WaitingPart = 'removals' | 'additions'

/** So many of each operation. */
export interface PartSums {
  readonly removed: number
  readonly added: number
}

/** What a guard judges. An `all` guard doubts what was read, and with it every change. */
const partOf: Readonly<Record<GuardName, WaitingPart | 'all'>> = {
  max_removed: 'removals',
  max_removed_count: 'removals',
  max_added: 'additions',
  max_added_count: 'additions',
  min_members: 'all',
  max_deviation: 'all',
  max_null_keys: 'all',
  max_invalid: 'all',
  max_age: 'all',
}

/** Takes the broken guards of a plan; returns what waits where the sync lets the rest go, or null: all of it is held. */
export function waitingPart({ holds }: Guards, breaches: readonly GuardBreach[]): WaitingPart | null {
  const parts = new Set(breaches.map(({ guard }) => partOf[guard]))
  const [part] = parts
  return holds === 'part' && parts.size === 1 && part !== undefined && part !== 'all' ? part : null
}

/**
 * The places of the changes that go while a part waits (design §3.4: a guard that holds a row's removal holds its addition too):
 * - removals wait: the new additions whose rows lose nothing. What is asserted again is so for a removal that waits.
 * - additions wait: the removals whose rows stand under nothing that waits, and what is asserted again for them.
 */
export function goingPart(
  { removed, added, fresh, couples }: CanaryChoice,
  waits: WaitingPart,
): { readonly removed: readonly number[]; readonly added: readonly number[] } {
  const places = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
  if (waits === 'removals') {
    const coupled = new Set(couples.map((couple) => couple.added))
    return { removed: [], added: places(Math.min(fresh, added)).filter((addition) => !coupled.has(addition)) }
  }
  const waiting = new Set(couples.filter((couple) => couple.added < fresh).map((couple) => couple.removed))
  const again = couples.filter((couple) => couple.added >= fresh && !waiting.has(couple.removed))
  return {
    removed: places(removed).filter((removal) => !waiting.has(removal)),
    added: [...new Set(again.map((couple) => couple.added))].sort((a, b) => a - b),
  }
}
