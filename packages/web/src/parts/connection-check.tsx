import { Button, Group, Text } from '@mantine/core'
import type { OutcomeKind } from '@muster/core/sync/outcome.ts'
import { useMutation } from '@tanstack/react-query'
import type { OutcomeWords } from '../locales/en.ts'
import { useLocale } from '../locales/locale.tsx'
import { tone } from '../theme.ts'
import { ErrorNotice } from './error-notice.tsx'
import { Said } from './said.tsx'

interface Check {
  readonly ok: boolean
  readonly message: string
  readonly outcome?: OutcomeKind | undefined
  readonly warnings?: readonly string[]
  /** What a sync from there may name as its engine. */
  readonly engines?: readonly ('local' | 'checksums' | 'warehouse')[]
}

interface ConnectionCheckProps {
  readonly check: () => Promise<Check>
  /** What each outcome is called in the page's language, where that is not the server's. */
  readonly says?: OutcomeWords
  /** What the button says, where it is no connection that is tried. */
  readonly label?: string
}

/** Tries a connection; says in one sentence what was reached or what is wrong, and what is dangerous though it works. */
export function ConnectionCheck({ check, label, says = {} }: ConnectionCheckProps) {
  const { text } = useLocale()
  const checking = useMutation({ mutationFn: check })
  return (
    <Group gap="sm" align="center">
      <Button size="xs" variant="default" loading={checking.isPending} onClick={() => checking.mutate()}>
        {label ?? text.act.test}
      </Button>
      <div aria-live="polite">
        {checking.data === undefined ? null : <Found check={checking.data} says={says} />}
      </div>
      {checking.isError ? <ErrorNotice error={checking.error} /> : null}
    </Group>
  )
}

function Found({ check, says }: { readonly check: Check; readonly says: OutcomeWords }) {
  const { text } = useLocale()
  const { ok, message, outcome, warnings = [], engines } = check
  const words = outcome === undefined ? undefined : says[outcome]
  return (
    <>
      <Text size="sm" c={ok ? tone.good : tone.bad}>
        {ok ? '✓' : '✗'} {words} {ok && words !== undefined ? null : <Said>{message}</Said>}
      </Text>
      {warnings.map((warning) => (
        <Text key={warning} size="sm">
          ⚠ <Said>{warning}</Said>
        </Text>
      ))}
      {ok && engines !== undefined ? (
        <Text size="sm">
          {text.sources.engines} {engines.map((engine) => text.sources.engine[engine]).join('; ')}
        </Text>
      ) : null}
    </>
  )
}
