import { Badge, Code, SegmentedControl, Stack, Text } from '@mantine/core'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { Moment } from './moment.tsx'
import { Pager } from './pager.tsx'
import { Said } from './said.tsx'

const pageSize = 50
/** How a request, or an id of one, ended. */
export const outcomeColors = { pending: 'blue', accepted: 'teal', rejected: 'red' } as const
type Part = 'all' | keyof typeof outcomeColors
const parts: readonly Part[] = ['all', 'accepted', 'rejected', 'pending']

/** The requests of a run with what the destination answered, page by page, all of them or those that ended one way. */
export function RunRequests({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const [part, setPart] = useState<Part>('all')
  const [from, setFrom] = useState(0)
  const requests = useQuery({
    queryKey: ['requests', run.id, run.status, part, from],
    queryFn: () =>
      api.listRequests({
        params: { id: run.id },
        query: { limit: pageSize + 1, from, ...(part === 'all' ? {} : { status: part }) },
      }),
    placeholderData: (before) => before,
    refetchInterval: runInterval(run.status),
  })
  return (
    <Stack gap="md">
      <div>
        <SegmentedControl
          aria-label={text.column.status}
          value={part}
          data={parts.map((one) => ({
            value: one,
            label: one === 'all' ? text.changes.all : text.run.requestStatus[one],
          }))}
          onChange={(chosen) => {
            setPart(parts.find((one) => one === chosen) ?? 'all')
            setFrom(0)
          }}
        />
      </div>
      <Loaded of={requests}>
        {(list) => (
          <>
            {list.length === 0 ? (
              <Text c="dimmed" role="status">
                {part === 'all' ? text.run.noRequests : text.run.noSuchRequests}
              </Text>
            ) : (
              <RequestTable requests={list.slice(0, pageSize)} />
            )}
            <Pager
              isFirst={from === 0}
              hasNext={list.length > pageSize}
              onFirst={() => setFrom(0)}
              onNext={() => setFrom(list[pageSize]?.first ?? 0)}
            />
          </>
        )}
      </Loaded>
    </Stack>
  )
}

type Requests = Awaited<ReturnType<typeof api.listRequests>>

function RequestTable({ requests }: { readonly requests: Requests }) {
  const { text, number } = useLocale()
  return (
    <DataTable
      label={text.run.requests}
      rows={requests}
      keyOf={(request) => request.batch}
      minWidth={760}
      columns={[
        { head: text.run.batch, cell: (request) => number(request.batch) },
        { head: text.column.operation, cell: (request) => text.run.operation[request.operation] },
        { head: text.column.ids, cell: (request) => number(request.ids), figure: true },
        {
          head: text.column.status,
          cell: (request) => (
            <Badge color={outcomeColors[request.status]}>{text.run.requestStatus[request.status]}</Badge>
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
  )
}
