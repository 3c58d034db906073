import { Badge, Code, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { api, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { Moment } from './moment.tsx'
import { Said } from './said.tsx'

const shown = 100
/** How a request, or an id of one, ended. */
export const outcomeColors = { pending: 'blue', accepted: 'teal', rejected: 'red' } as const

/** The requests of a run with what the destination answered. */
export function RunRequests({ run }: { readonly run: RunSummary }) {
  const { text, number } = useLocale()
  const requests = useQuery({
    queryKey: ['requests', run.id, run.status],
    queryFn: () => api.listRequests({ params: { id: run.id }, query: { limit: shown } }),
    refetchInterval: runInterval(run.status),
  })
  return (
    <Loaded of={requests}>
      {(list) =>
        list.length === 0 ? (
          <Text c="dimmed">{text.run.noRequests}</Text>
        ) : (
          <>
            <DataTable
              label={text.run.requests}
              rows={list}
              keyOf={(request) => request.batch}
              minWidth={760}
              columns={[
                { head: text.run.batch, cell: (request) => number(request.batch) },
                { head: text.column.operation, cell: (request) => text.run.operation[request.operation] },
                { head: text.column.ids, cell: (request) => number(request.ids), figure: true },
                {
                  head: text.column.status,
                  cell: (request) => (
                    <Badge color={outcomeColors[request.status]}>
                      {text.run.requestStatus[request.status]}
                    </Badge>
                  ),
                },
                { head: text.run.attempts, cell: (request) => number(request.attempts), figure: true },
                { head: text.run.answer, cell: (request) => <Said>{request.answer ?? ''}</Said> },
                {
                  head: text.run.requestId,
                  cell: (request) => (request.request_id === null ? '' : <Code>{request.request_id}</Code>),
                },
                {
                  head: text.column.when,
                  cell: (request) => (request.at === null ? '' : <Moment at={request.at} />),
                },
              ]}
            />
            {list.length < shown ? null : (
              <Text size="sm" c="dimmed">
                {text.run.requestsShown(shown)}
              </Text>
            )}
          </>
        )
      }
    </Loaded>
  )
}
