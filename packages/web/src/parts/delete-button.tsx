import { Stack, Text } from '@mantine/core'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Deletable } from '@muster/core/sync/deletion.ts'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'

interface DeleteButtonProps {
  readonly kind: Exclude<Deletable, 'sync'>
  readonly name: string
}

/** Deletes what has no page of its own, having said what goes; what uses it is named where it is refused. */
export function DeleteButton({ kind, name }: DeleteButtonProps) {
  const { text } = useLocale()
  return (
    <ConfirmButton
      label={text.deletion.label}
      title={text.deletion.title(name)}
      variant="default"
      size="xs"
      color="red"
      act={() => remove(kind, name)}
    >
      <Stack gap="xs">
        <Text size="sm">{text.deletion.forgets[kind]}</Text>
        <Text size="sm" fw={600}>
          {text.deletion.forGood}
        </Text>
      </Stack>
    </ConfirmButton>
  )
}

function remove(kind: DeleteButtonProps['kind'], name: string): Promise<unknown> {
  const params = { name }
  switch (kind) {
    case 'source':
      return api.deleteSource({ params })
    case 'model':
      return api.deleteModel({ params })
    case 'destination':
      return api.deleteDestination({ params })
    case 'notifier':
      return api.deleteNotifier({ params })
    default:
      return assertNever(kind)
  }
}
