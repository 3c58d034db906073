import { Alert, Stack, Text } from '@mantine/core'
import type { Breach } from '@muster/core/api/sync.ts'
import { useLocale } from '../locales/locale.tsx'
import { breachWords, inUnit } from './breach-words.ts'
import { LimitBar } from './limit-bar.tsx'
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
      <LimitBar
        value={figures.value ?? figures.limit * 2}
        limit={figures.limit}
        written={inUnit(figures, figures.limit, locale)}
      />
    </div>
  )
}
