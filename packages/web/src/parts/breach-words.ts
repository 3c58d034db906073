import type { Breach } from '@muster/core/api/sync.ts'
import type { BreachFigures } from '@muster/core/sync/guard.ts'
import type { Locale } from '../locales/locale.tsx'

/** A breach in words: what the guard looks at, what it found, what it allows. */
export interface BreachWords {
  readonly what: string
  readonly found: string
  readonly allowed: string
}

/** Says a breach by its figures; null where a plan of before has none. */
export function breachWords({ guard, figures }: Breach, locale: Locale): BreachWords | null {
  if (figures === undefined) return null
  const { breach } = locale.text
  const limit = inUnit(figures, figures.limit, locale)
  return {
    what: breach.of[guard],
    found: foundIn(figures, locale),
    allowed: guard === 'min_members' ? breach.least(limit) : breach.most(limit),
  }
}

/** A figure in the unit of the breach. */
export function inUnit(
  { unit }: BreachFigures,
  value: number,
  { number, percent, duration }: Locale,
): string {
  if (unit === 'share') return percent(value, 1)
  return unit === 'members' ? number(value) : duration(value)
}

function foundIn(figures: BreachFigures, locale: Locale): string {
  const { breach } = locale.text
  if (figures.unit === 'age') {
    return figures.value === null
      ? breach.noTime(figures.column)
      : breach.ageIn(inUnit(figures, figures.value, locale), figures.column)
  }
  const value = inUnit(figures, figures.value, locale)
  if (figures.unit === 'members') return value
  return breach.share(value, locale.number(figures.part), locale.number(figures.whole))
}
