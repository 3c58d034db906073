import { Skeleton, Stack } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { Empty } from '../parts/empty.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { MembersAt } from '../parts/members-at.tsx'
import { NoticeTable } from '../parts/notice-table.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RunTable } from '../parts/run-table.tsx'

const RunPlot = lazy(() => import('../parts/run-plot.tsx'))
const runsShown = 100
const noticesShown = 50

/** A sync over time: what its runs changed, how long they took, and who was in the cohort when. */
export function SyncHistoryPage() {
  const { text } = useLocale()
  const { name } = useParams({ from: '/syncs/$name/history' })
  const runs = useQuery({
    queryKey: ['history', name],
    queryFn: () => api.listRuns({ query: { sync: name, limit: runsShown } }),
    refetchInterval: pollMs.live,
  })
  return (
    <Page
      title={text.history.title(name)}
      parent={
        <TextLink to="/syncs/$name" params={{ name }}>
          {name}
        </TextLink>
      }
    >
      <Loaded of={runs}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={text.sync.noRun} hint={text.sync.noRunHint} command={`npx muster plan ${name}`} />
          ) : (
            <>
              <Runs runs={list} />
              <Panel title={text.history.members} hint={text.history.membersHint}>
                <MembersAt sync={name} />
              </Panel>
              <Told sync={name} />
            </>
          )
        }
      </Loaded>
    </Page>
  )
}

function Told({ sync }: { readonly sync: string }) {
  const { text } = useLocale()
  const notices = useQuery({
    queryKey: ['notices', sync],
    queryFn: () => api.listNotices({ query: { sync, limit: noticesShown } }),
  })
  if (notices.data === undefined || notices.data.length === 0) return null
  return (
    <Panel title={text.alerts.told} hint={text.alerts.toldHint}>
      <NoticeTable notices={notices.data} />
    </Panel>
  )
}

function Runs({ runs }: { readonly runs: readonly RunSummary[] }) {
  const { text } = useLocale()
  const sent = useMemo(() => runs.filter(({ delivery }) => delivery.accepted + delivery.rejected > 0), [runs])
  return (
    <Panel title={text.history.runs} hint={text.history.runsHint(runs.length)}>
      <Stack gap="md">
        {sent.length === 0 ? null : (
          <Suspense fallback={<Skeleton height={400} />}>
            <RunPlot runs={sent} />
          </Suspense>
        )}
        <RunTable label={text.history.runs} runs={runs} maxHeight={420} />
      </Stack>
    </Panel>
  )
}
