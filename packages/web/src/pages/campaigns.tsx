import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'

export function CampaignsPage() {
  const { text, number } = useLocale()
  const campaigns = useQuery({
    queryKey: ['campaigns'],
    queryFn: () => api.listCampaigns(),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.campaigns} intro={text.campaigns.intro}>
      <Loaded of={campaigns}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.campaigns.empty}
              hint={text.campaigns.emptyHint}
              command="npx muster deploy --project my-project"
            />
          ) : (
            <DataTable
              label={text.nav.campaigns}
              rows={list}
              keyOf={(campaign) => campaign.name}
              minWidth={560}
              columns={[
                {
                  head: text.column.name,
                  cell: ({ name, definition }) => (
                    <TextLink to="/campaigns/$name" params={{ name }} fw={600}>
                      {definition.title ?? name}
                    </TextLink>
                  ),
                },
                {
                  head: text.column.segment,
                  cell: ({ definition }) => (
                    <TextLink to="/segments/$name" params={{ name: definition.segment }}>
                      {definition.segment}
                    </TextLink>
                  ),
                },
                {
                  head: text.column.status,
                  cell: ({ status }) => (
                    <Badge color={status === 'draft' ? 'gray' : 'teal'}>
                      {text.campaigns.status[status]}
                    </Badge>
                  ),
                },
                { head: text.send.sent, cell: ({ counts }) => number(counts.sent), figure: true },
                { head: text.campaign.sentAt, cell: ({ sent_at }) => <Moment at={sent_at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}
