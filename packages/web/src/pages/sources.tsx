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
import { SourceTables } from '../parts/source-tables.tsx'

export function SourcesPage() {
  const { text } = useLocale()
  const sources = useQuery({ queryKey: ['sources'], queryFn: () => api.listSources() })
  return (
    <Page title={text.nav.sources} intro={text.sources.intro}>
      <Loaded of={sources}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.sources.empty}
              hint={text.sources.emptyHint}
              command="npx muster init my-project"
            />
          ) : (
            list.map((source) => (
              <Panel
                key={source.name}
                title={source.name}
                hint={source.type}
                actions={<DeleteButton kind="source" name={source.name} />}
              >
                <Stack gap="sm">
                  <ShownConfig config={source.config} />
                  <Text size="sm" c="dimmed">
                    {text.column.changed} <Moment at={source.updated_at} />
                  </Text>
                  <ConnectionCheck check={() => api.checkSource({ params: { name: source.name } })} />
                  <SourceTables source={source.name} />
                </Stack>
              </Panel>
            ))
          )
        }
      </Loaded>
    </Page>
  )
}
