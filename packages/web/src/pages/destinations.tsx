import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConnectionCheck } from '../parts/connection-check.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { ShownConfig } from '../parts/shown-config.tsx'

export function DestinationsPage() {
  const { text } = useLocale()
  const destinations = useQuery({ queryKey: ['destinations'], queryFn: () => api.listDestinations() })
  return (
    <Page title={text.nav.destinations} intro={text.destinations.intro}>
      <Loaded of={destinations}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.destinations.empty}
              hint={text.destinations.emptyHint}
              command="npx muster keys create --partner hightouch"
            />
          ) : (
            list.map((destination) => (
              <Panel
                key={destination.name}
                title={destination.name}
                hint={destination.type}
                actions={<DeleteButton kind="destination" name={destination.name} />}
              >
                <Stack gap="sm">
                  <ShownConfig config={destination.config} />
                  <Text size="sm" c="dimmed">
                    {text.column.changed} <Moment at={destination.updated_at} />
                  </Text>
                  <ConnectionCheck
                    says={text.checked.destination}
                    check={() => api.checkDestination({ params: { name: destination.name } })}
                  />
                </Stack>
              </Panel>
            ))
          )
        }
      </Loaded>
    </Page>
  )
}
