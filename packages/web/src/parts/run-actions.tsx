import { Button, Group, List, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useMutation } from '@tanstack/react-query'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { ErrorNotice } from './error-notice.tsx'

/** What may be done with a run as it stands: apply what is planned, or release what a guard holds. */
export function RunActions({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const apply = (release: boolean): Promise<RunSummary> =>
    api.applyRun({ params: { id: run.id }, body: { release } })
  const applying = useMutation({ mutationFn: () => apply(false) })

  if (run.status === 'held') {
    return (
      <ConfirmButton
        label={text.run.release}
        title={text.run.releaseTitle}
        color="orange"
        act={() => apply(true)}
      >
        <Text size="sm">{text.run.releaseBody}</Text>
        <List size="sm">
          {run.plan?.breaches.map((breach) => (
            <List.Item key={breach.guard}>{breach.message}</List.Item>
          ))}
        </List>
      </ConfirmButton>
    )
  }
  if (run.status !== 'planned' || run.plan?.verdict !== 'apply') return null
  return (
    <Group>
      {applying.isError ? <ErrorNotice error={applying.error} /> : null}
      <Button loading={applying.isPending} onClick={() => applying.mutate()}>
        {text.run.apply}
      </Button>
    </Group>
  )
}
