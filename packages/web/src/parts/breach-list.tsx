import { Alert, Stack, Text } from '@mantine/core'
import type { Breach } from '@muster/core/api/sync.ts'
import type { BreachFigures } from '@muster/core/sync/guard.ts'
import { useLocale } from '../locales/locale.tsx'
import styles from './breach-list.module.css'
import { breachWords, inUnit } from './breach-words.ts'
import { Said } from './said.tsx'

/** The guards that hold a plan: each with what it found and what it allows, in words and drawn. */
export function BreachList({ breaches }: { readonly breaches: readonly Breach[] }) {
  return (
    <Alert color="yellow" variant="light">
      <Stack gap="md">
        {breaches.map((breach) => (
          <OneBreach key={breach.guard} breach={breach} />
        ))}
      </Stack>
    </Alert>
  )
}

function OneBreach({ breach }: { readonly breach: Breach }) {
  const locale = useLocale()
  const words = breachWords(breach, locale)
  const { figures } = breach
  if (words === null || figures === undefined) {
    return (
      <Text size="sm">
        <Said>{breach.message}</Said>
      </Text>
    )
  }
  return (
    <div>
      <Text size="sm">
        {words.what}: <strong>{words.found}</strong>; {words.allowed}
      </Text>
      <BreachPicture figures={figures} />
    </div>
  )
}

/** A bar as long as what was found, with a mark at the limit; the words above say the same. */
function BreachPicture({ figures }: { readonly figures: BreachFigures }) {
  const locale = useLocale()
  const { limit } = figures
  const value = figures.value ?? limit * 2
  const whole = Math.max(value, limit) * 1.15 || 1
  const percent = (part: number): string => `${(100 * part) / whole}%`
  const end = limit > whole * 0.7
  return (
    <div className={styles.picture} aria-hidden="true">
      <div className={styles.track}>
        <div className={styles.within} style={{ width: percent(Math.min(value, limit)) }} />
        <div className={styles.beyond} style={{ width: percent(Math.max(0, value - limit)) }} />
        <div className={styles.mark} style={{ left: percent(limit) }} />
      </div>
      <div className={styles.scale}>
        <span style={end ? { right: `calc(100% - ${percent(limit)})` } : { left: percent(limit) }}>
          {locale.text.breach.limit} {inUnit(figures, limit, locale)}
        </span>
      </div>
    </div>
  )
}
