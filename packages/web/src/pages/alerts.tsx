import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { AlertRulesView } from '../parts/alert-rules.tsx'
import { AlertTable } from '../parts/alert-table.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { NoticeTable } from '../parts/notice-table.tsx'
import { NotifierList } from '../parts/notifier-list.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'

const noticesShown = 100

/** What is wrong now, who was told of what, by which ways, and what the syncs' rules are. */
export function AlertsPage() {
  const { text } = useLocale()
  const refetchInterval = pollMs.live
  const alerts = useQuery({ queryKey: ['alerts'], queryFn: () => api.listAlerts(), refetchInterval })
  const notices = useQuery({
    queryKey: ['notices'],
    queryFn: () => api.listNotices({ query: { limit: noticesShown } }),
    refetchInterval,
  })
  const syncs = useQuery({ queryKey: ['syncs'], queryFn: () => api.listSyncs() })
  return (
    <Page title={text.nav.alerts} intro={text.alerts.intro}>
      <Panel title={text.alerts.standing}>
        <Loaded of={alerts}>
          {(list) =>
            list.length === 0 ? (
              <Text>
                {text.alerts.well}{' '}
                <Text span c="dimmed">
                  {text.alerts.wellHint}
                </Text>
              </Text>
            ) : (
              <AlertTable label={text.alerts.standing} alerts={list} withSync />
            )
          }
        </Loaded>
      </Panel>
      <Panel title={text.alerts.told} hint={text.alerts.toldHint}>
        <Loaded of={notices}>
          {(list) =>
            list.length === 0 ? (
              <Text c="dimmed">{text.alerts.toldNothing}</Text>
            ) : (
              <NoticeTable notices={list} />
            )
          }
        </Loaded>
      </Panel>
      <Panel title={text.alerts.notifiers} hint={text.alerts.notifiersHint}>
        <Loaded of={syncs}>{(list) => <NotifierList syncs={list} />}</Loaded>
      </Panel>
      <Panel title={text.alerts.rules} hint={text.alerts.rulesHint}>
        <Loaded of={syncs}>
          {(list) =>
            list.length === 0 ? (
              <Text c="dimmed">{text.alerts.noRules}</Text>
            ) : (
              <DataTable
                label={text.alerts.rules}
                rows={list}
                keyOf={(sync) => sync.name}
                columns={[
                  {
                    head: text.column.sync,
                    cell: ({ name }) => (
                      <TextLink to="/syncs/$name" params={{ name }}>
                        {name}
                      </TextLink>
                    ),
                  },
                  {
                    head: text.sync.tells,
                    cell: ({ definition }) => <AlertRulesView rules={definition.alerts} />,
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  )
}
