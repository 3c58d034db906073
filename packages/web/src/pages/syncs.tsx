import { Badge, Text } from '@mantine/core'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { DeletedNotice } from '../parts/sync-deletion.tsx'

export function SyncsPage() {
  const { text } = useLocale()
  const syncs = useQuery({
    queryKey: ['syncs'],
    queryFn: () => api.listSyncs(),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.syncs} intro={text.syncs.intro}>
      <DeletedNotice />
      <Loaded of={syncs}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.syncs.empty}
              hint={text.syncs.emptyHint}
              command="npx muster deploy --project my-project"
            />
          ) : (
            <SyncTable syncs={list} />
          )
        }
      </Loaded>
    </Page>
  )
}

function SyncTable({ syncs }: { readonly syncs: readonly SyncSummary[] }) {
  const { text, number } = useLocale()
  return (
    <DataTable
      label={text.nav.syncs}
      rows={syncs}
      keyOf={(sync) => sync.name}
      minWidth={900}
      columns={[
        {
          head: text.column.name,
          cell: (sync) => (
            <TextLink to="/syncs/$name" params={{ name: sync.name }} fw={600}>
              {sync.name}
            </TextLink>
          ),
        },
        { head: text.column.model, cell: (sync) => sync.definition.model },
        { head: text.column.cohort, cell: (sync) => sync.cohort.name ?? sync.cohort.cohort_id },
        { head: text.column.destination, cell: (sync) => sync.definition.destination },
        {
          head: text.syncs.accepted,
          cell: (sync) => (sync.accepted === null ? '–' : number(sync.accepted)),
          figure: true,
        },
        {
          head: text.syncs.lastRun,
          cell: ({ last_run }) =>
            last_run === null ? (
              <Text size="sm" c="dimmed">
                {text.syncs.notRunYet}
              </Text>
            ) : (
              <>
                <StatusBadge status={last_run.status} />{' '}
                <Text size="sm" c="dimmed">
                  <Moment at={last_run.started_at} />
                </Text>
              </>
            ),
        },
        { head: text.syncs.nextRun, cell: (sync) => <NextRun sync={sync} /> },
      ]}
    />
  )
}

function NextRun({ sync }: { readonly sync: SyncSummary }) {
  const { text } = useLocale()
  if (sync.paused_at !== null) return <Badge color="gray">{text.sync.paused}</Badge>
  return sync.next_run_at === null ? '–' : <Moment at={sync.next_run_at} />
}
