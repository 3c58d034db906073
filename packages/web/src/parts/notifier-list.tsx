import { Group, Stack, Text, Title } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConnectionCheck } from './connection-check.tsx'
import { DeleteButton } from './delete-button.tsx'
import { Empty } from './empty.tsx'
import { TextLink } from './links.tsx'
import { Loaded } from './loaded.tsx'
import { ShownConfig } from './shown-config.tsx'

/** The ways to tell people, each with the syncs that use it and a test. */
export function NotifierList({ syncs }: { readonly syncs: readonly SyncSummary[] }) {
  const { text } = useLocale()
  const notifiers = useQuery({ queryKey: ['notifiers'], queryFn: () => api.listNotifiers() })
  return (
    <Loaded of={notifiers}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title={text.alerts.noNotifiers}
            hint={text.alerts.noNotifiersHint}
            command="npx muster deploy --project my-project"
          />
        ) : (
          <Stack gap="lg">
            {list.map(({ name, type, config }) => (
              <Stack key={name} gap="xs" component="article" aria-label={name}>
                <Group justify="space-between" align="flex-start" gap="xs">
                  <Title order={3} size="h5">
                    {name}{' '}
                    <Text span inherit c="dimmed" fw={400}>
                      {type}
                    </Text>
                  </Title>
                  <DeleteButton kind="notifier" name={name} />
                </Group>
                <ShownConfig config={config} />
                <Text size="sm" component="div">
                  {text.alerts.usedBy}: <Users of={name} syncs={syncs} />
                </Text>
                <ConnectionCheck
                  label={text.alerts.test}
                  says={text.checked.notifier}
                  check={() => api.testNotifier({ params: { name } })}
                />
              </Stack>
            ))}
          </Stack>
        )
      }
    </Loaded>
  )
}

function Users({ of: notifier, syncs }: { readonly of: string; readonly syncs: readonly SyncSummary[] }) {
  const { text } = useLocale()
  const users = syncs.filter(({ definition }) => definition.alerts?.to.includes(notifier))
  if (users.length === 0) return text.alerts.usedByNobody
  return users.map(({ name }, index) => (
    <span key={name}>
      {index === 0 ? '' : ', '}
      <TextLink to="/syncs/$name" params={{ name }} underline="always">
        {name}
      </TextLink>
    </span>
  ))
}
