import { Button, Group, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'

interface ConnectionCheckProps {
  readonly check: () => Promise<{
    readonly ok: boolean
    readonly message: string
    readonly warnings?: readonly string[]
  }>
}

/** Tries a connection; says in one sentence what was reached or what is wrong, and what is dangerous though it works. */
export function ConnectionCheck({ check }: ConnectionCheckProps) {
  const { text } = useLocale()
  const checking = useMutation({ mutationFn: check })
  return (
    <Group gap="sm" align="center">
      <Button size="xs" variant="default" loading={checking.isPending} onClick={() => checking.mutate()}>
        {text.act.test}
      </Button>
      <div aria-live="polite">
        {checking.data === undefined ? null : (
          <>
            <Text size="sm" {...(checking.data.ok ? { c: 'teal' } : { c: 'red' })}>
              {checking.data.ok ? '✓' : '✗'} {checking.data.message}
            </Text>
            {checking.data.warnings?.map((warning) => (
              <Text key={warning} size="sm">
                ⚠ {warning}
              </Text>
            ))}
          </>
        )}
      </div>
      {checking.isError ? <ErrorNotice error={checking.error} /> : null}
    </Group>
  )
}
