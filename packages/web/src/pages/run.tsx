import { Paper, Tabs, VisuallyHidden } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { api, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { RunChanges } from '../parts/run-changes.tsx'
import { RunLedger } from '../parts/run-ledger.tsx'
import { RunRequests } from '../parts/run-requests.tsx'
import { RunView } from '../parts/run-view.tsx'

export function RunPage() {
  const { text } = useLocale()
  const { id } = useParams({ from: '/runs/$id' })
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: () => api.getRun({ params: { id } }),
    refetchInterval: (query) => runInterval(query.state.data?.status),
  })
  const sync = run.data?.sync
  const parent =
    sync === undefined ? (
      <TextLink to="/syncs">{text.nav.syncs}</TextLink>
    ) : (
      <TextLink to="/syncs/$name" params={{ name: sync }}>
        {sync}
      </TextLink>
    )
  return (
    <Page title={text.run.title(id)} parent={parent}>
      <Loaded of={run}>{(found) => <RunTabs run={found} />}</Loaded>
    </Page>
  )
}

const tabs = ['overview', 'changes', 'requests', 'ledger'] as const
type Tab = (typeof tabs)[number]

/** The parts of a run; which one is shown stands in the address. */
function RunTabs({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const { show } = useSearch({ from: '/runs/$id' })
  const navigate = useNavigate({ from: '/runs/$id' })
  const shown = tabs.find((tab) => tab === show) ?? 'overview'
  const hasChanges = run.plan !== null && run.status !== 'superseded' && run.kind !== 'reset'
  const names: Readonly<Record<Tab, string>> = {
    overview: text.run.overview,
    changes: text.changes.title,
    requests: text.run.requests,
    ledger: text.ledger.title,
  }
  const offered: readonly Tab[] = hasChanges ? tabs : ['overview']
  const choose = (tab: string | null): void => {
    const next = tab === null || tab === 'overview' ? {} : { show: tab }
    void navigate({ search: next, resetScroll: false })
  }
  return (
    <Tabs value={shown} onChange={choose} keepMounted={false}>
      <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
        {offered.map((tab) => (
          <Tabs.Tab key={tab} value={tab}>
            {names[tab]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Paper withBorder p="md">
        <VisuallyHidden component="h2">{names[shown]}</VisuallyHidden>
        <Tabs.Panel value="overview">
          <RunView run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="changes">
          <RunChanges run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="requests">
          <RunRequests run={run} />
        </Tabs.Panel>
        <Tabs.Panel value="ledger">
          <RunLedger run={run} />
        </Tabs.Panel>
      </Paper>
    </Tabs>
  )
}
