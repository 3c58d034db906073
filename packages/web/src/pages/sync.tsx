import { Button, Text, Tooltip } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api, pollMs, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { Empty } from '../parts/empty.tsx'
import { ErrorNotice } from '../parts/error-notice.tsx'
import { Figures } from '../parts/figures.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RunTable } from '../parts/run-table.tsx'
import { RunView } from '../parts/run-view.tsx'
import { SyncDefinitionView } from '../parts/sync-definition.tsx'

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
      actions={<BeginRun name={name} />}
    >
      <Loaded of={sync}>{(found) => <SyncView sync={found} />}</Loaded>
    </Page>
  )
}

function BeginRun({ name }: { readonly name: string }) {
  const { text } = useLocale()
  const planning = useMutation({ mutationFn: () => api.planSync({ params: { name } }) })
  const running = useMutation({ mutationFn: () => api.runSync({ params: { name } }) })
  const failed = planning.error ?? running.error
  return (
    <>
      {failed === null ? null : <ErrorNotice error={failed} />}
      <Tooltip label={text.sync.planHint}>
        <Button variant="default" loading={planning.isPending} onClick={() => planning.mutate()}>
          {text.sync.planNow}
        </Button>
      </Tooltip>
      <Tooltip label={text.sync.runHint}>
        <Button loading={running.isPending} onClick={() => running.mutate()}>
          {text.sync.runNow}
        </Button>
      </Tooltip>
    </>
  )
}

function SyncView({ sync }: { readonly sync: SyncSummary }) {
  const { text, number } = useLocale()
  const { last_run: run } = sync
  const runs = useQuery({
    queryKey: ['runs', sync.name, run?.id, run?.status],
    queryFn: () => api.listRuns({ query: { sync: sync.name, limit: 20 } }),
    placeholderData: (before) => before,
  })
  return (
    <>
      <Panel title={text.sync.definition}>
        <SyncDefinitionView sync={sync} />
      </Panel>
      <Figures
        of={[
          {
            label: text.sync.accepted,
            value: sync.accepted === null ? '–' : number(sync.accepted),
          },
          ...(sync.next_run_at === null
            ? []
            : [{ label: text.syncs.nextRun, value: <Moment at={sync.next_run_at} /> }]),
        ]}
      />
      {run === null ? (
        <Empty title={text.sync.noRun} hint={text.sync.noRunHint} command={`npx muster plan ${sync.name}`} />
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
      <Loaded of={runs}>
        {(list) =>
          list.length === 0 ? null : (
            <Panel title={text.sync.earlier}>
              <RunTable label={text.sync.earlier} runs={list} />
            </Panel>
          )
        }
      </Loaded>
    </>
  )
}
