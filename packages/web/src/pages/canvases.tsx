import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'

export function CanvasesPage() {
  const { text, number } = useLocale()
  const canvases = useQuery({
    queryKey: ['canvases'],
    queryFn: () => api.listCanvases(),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.canvases} intro={text.canvases.intro}>
      <Loaded of={canvases}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.canvases.empty}
              hint={text.canvases.emptyHint}
              command="npx muster deploy --project my-project"
            />
          ) : (
            <DataTable
              label={text.nav.canvases}
              rows={list}
              keyOf={(canvas) => canvas.name}
              minWidth={620}
              columns={[
                {
                  head: text.column.name,
                  cell: ({ name, definition }) => (
                    <TextLink to="/canvases/$name" params={{ name }} fw={600}>
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
                  head: text.canvases.steps,
                  cell: ({ definition }) => number(definition.steps.length),
                  figure: true,
                },
                { head: text.canvas.entered, cell: ({ entered }) => number(entered), figure: true },
                { head: text.canvas.waiting, cell: ({ waiting }) => number(waiting), figure: true },
                { head: text.send.sent, cell: ({ counts }) => number(counts.sent), figure: true },
                { head: text.canvas.launchedAt, cell: ({ launched_at }) => <Moment at={launched_at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}
