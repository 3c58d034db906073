import { Button, Group, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useLocale } from '../locales/locale.tsx'
import { tone } from '../theme.ts'
import { ErrorNotice } from './error-notice.tsx'
import { Said } from './said.tsx'

interface Check {
  readonly ok: boolean
  readonly message: string
  readonly warnings?: readonly string[]
  /** What a sync from there may name as its engine. */
  readonly engines?: readonly ('local' | 'checksums' | 'warehouse')[]
}

interface ConnectionCheckProps {
  readonly check: () => Promise<Check>
  /** What the button says, where it is no connection that is tried. */
  readonly label?: string
}

/** Tries a connection; says in one sentence what was reached or what is wrong, and what is dangerous though it works. */
export function ConnectionCheck({ check, label }: ConnectionCheckProps) {
  const { text } = useLocale()
  const checking = useMutation({ mutationFn: check })
  return (
    <Group gap="sm" align="center">
      <Button size="xs" variant="default" loading={checking.isPending} onClick={() => checking.mutate()}>
        {label ?? text.act.test}
      </Button>
      <div aria-live="polite">{checking.data === undefined ? null : <Found check={checking.data} />}</div>
      {checking.isError ? <ErrorNotice error={checking.error} /> : null}
    </Group>
  )
}

function Found({ check: { ok, message, warnings = [], engines } }: { readonly check: Check }) {
  const { text } = useLocale()
  return (
    <>
      <Text size="sm" c={ok ? tone.good : tone.bad}>
        {ok ? '✓' : '✗'} <Said>{message}</Said>
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
