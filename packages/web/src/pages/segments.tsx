import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { ButtonLink, TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { SegmentForm } from '../parts/segment-form.tsx'

export function SegmentsPage() {
  const { text } = useLocale()
  const { create } = useSearch({ from: '/segments' })
  const navigate = useNavigate()
  const segments = useQuery({ queryKey: ['segments'], queryFn: () => api.listSegments() })
  return (
    <Page
      title={text.nav.segments}
      intro={text.segments.intro}
      actions={
        create === 'yes' ? null : (
          <ButtonLink to="/segments" search={{ create: 'yes' }}>
            {text.segments.create}
          </ButtonLink>
        )
      }
    >
      {create === 'yes' ? (
        <Panel title={text.segments.create}>
          <SegmentForm
            segment={null}
            onSaved={(name) => void navigate({ to: '/segments/$name', params: { name } })}
            onCancel={() => void navigate({ to: '/segments' })}
          />
        </Panel>
      ) : null}
      <Loaded of={segments}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.segments.empty}
              hint={text.segments.emptyHint}
              command="npx muster deploy --project my-project"
            />
          ) : (
            <DataTable
              label={text.nav.segments}
              rows={list}
              keyOf={(segment) => segment.name}
              minWidth={560}
              columns={[
                {
                  head: text.column.name,
                  cell: (segment) => (
                    <TextLink to="/segments/$name" params={{ name: segment.name }} fw={600}>
                      {segment.name}
                    </TextLink>
                  ),
                },
                {
                  head: text.segments.filters,
                  cell: (segment) => <Text size="sm">{segment.description}</Text>,
                },
                {
                  head: text.column.usedBy,
                  cell: (segment) => segment.used_by.map((user) => user.name).join(', '),
                },
                { head: text.column.changed, cell: (segment) => <Moment at={segment.updated_at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}
