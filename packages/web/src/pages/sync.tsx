import { Stack, Text } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api, pollMs, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { AlertTable } from '../parts/alert-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { ButtonLink, TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RejectedPanel } from '../parts/rejected-list.tsx'
import { RunTable } from '../parts/run-table.tsx'
import { RunView } from '../parts/run-view.tsx'
import { SyncActions } from '../parts/sync-actions.tsx'
import { SyncDefinitionView } from '../parts/sync-definition.tsx'
import { SyncDeletionView } from '../parts/sync-deletion.tsx'
import { SyncMending } from '../parts/sync-mending.tsx'
import { SyncNow } from '../parts/sync-now.tsx'

export function SyncPage() {
  const { text } = useLocale()
  const { name } = useParams({ from: '/syncs/$name' })
  const sync = useQuery({
    queryKey: ['sync', name],
    queryFn: () => api.getSync({ params: { name } }),
    refetchInterval: (query) => runInterval(query.state.data?.last_run?.status) || pollMs.live,
  })
  return (
    <Page
      title={name}
      parent={<TextLink to="/syncs">{text.nav.syncs}</TextLink>}
      actions={sync.data === undefined ? null : <SyncActions sync={sync.data} />}
    >
      <Loaded of={sync}>{(found) => <SyncView sync={found} />}</Loaded>
    </Page>
  )
}

function SyncView({ sync }: { readonly sync: SyncSummary }) {
  const { text } = useLocale()
  const { name, last_run: run } = sync
  const runs = useQuery({
    queryKey: ['runs', name, run?.id, run?.status],
    queryFn: () => api.listRuns({ query: { sync: name, limit: 10 } }),
    placeholderData: (before) => before,
    refetchInterval: pollMs.live,
  })
  const alerts = useQuery({
    queryKey: ['alerts'],
    queryFn: () => api.listAlerts(),
    refetchInterval: pollMs.live,
  })
  const wrong = alerts.data?.filter((alert) => alert.sync === name) ?? []
  return (
    <>
      <Panel title={text.sync.now}>
        <Stack gap="md">
          <SyncNow sync={sync} runs={runs.data ?? []} />
          {wrong.length === 0 ? null : <AlertTable label={text.alerts.standing} alerts={wrong} />}
        </Stack>
      </Panel>
      {run === null ? (
        <Empty title={text.sync.noRun} hint={text.sync.noRunHint} command={`npx muster plan ${name}`} />
      ) : (
        <Panel
          title={text.sync.latest}
          actions={
            <Text size="sm">
              <TextLink to="/runs/$id" params={{ id: run.id }}>
                {text.run.title(run.id)}
              </TextLink>
            </Text>
          }
        >
          <RunView run={run} />
        </Panel>
      )}
      <RejectedPanel sync={sync} />
      <Panel title={text.sync.definition}>
        <SyncDefinitionView sync={sync} />
      </Panel>
      <Loaded of={runs}>
        {(list) =>
          list.length === 0 ? null : (
            <Panel title={text.sync.earlier}>
              <Stack gap="sm">
                <RunTable label={text.sync.earlier} runs={list} />
                <div>
                  <ButtonLink to="/syncs/$name/history" params={{ name }} variant="default" size="xs">
                    {text.sync.history}
                  </ButtonLink>
                </div>
              </Stack>
            </Panel>
          )
        }
      </Loaded>
      <Panel title={text.sync.mending} hint={text.sync.mendingHint}>
        <SyncMending sync={sync} />
      </Panel>
      <Panel title={text.deletion.panel}>
        <SyncDeletionView sync={sync} />
      </Panel>
    </>
  )
}
