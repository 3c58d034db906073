import { Badge, Code, Stack, Text } from '@mantine/core'
import { downloads } from '@muster/core/api/download.ts'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { FindForm } from './find-form.tsx'
import { IdentifierLink } from './identifier-link.tsx'
import { Loaded } from './loaded.tsx'
import { LongText } from './long-text.tsx'
import { Moment } from './moment.tsx'
import { Pager } from './pager.tsx'
import { outcomeColors } from './run-requests.tsx'
import { SaveLinks } from './save-links.tsx'

const pageSize = 50
type Part = 'all' | 'accepted' | 'rejected' | 'pending'

/** What became of each id of a run; written some seconds after its end. */
export function RunLedger({ run }: { readonly run: RunSummary }) {
  const { text } = useLocale()
  const [part, setPart] = useState<Part>('all')
  const [find, setFind] = useState('')
  const [after, setAfter] = useState<string | undefined>(undefined)
  const query = {
    run: Number(run.id),
    limit: pageSize,
    ...(after === undefined ? {} : { after }),
    ...(part === 'all' ? {} : { status: part }),
    ...(find === '' ? {} : { find }),
  }
  const narrowed = part !== 'all' || find !== ''
  const ledger = useQuery({
    queryKey: ['ledger', run.sync, run.status, query],
    queryFn: () => api.readLedger({ params: { name: run.sync }, query }),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => (state.data?.rows.length === 0 && !narrowed ? pollMs.live : false),
  })
  const anew = <Value,>(set: (value: Value) => void) => {
    return (value: Value): void => {
      set(value)
      setAfter(undefined)
    }
  }
  const { requestStatus } = text.run
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {text.ledger.intro}
      </Text>
      <FindForm<Part>
        onFind={anew(setFind)}
        part={part}
        partLabel={text.column.status}
        onPart={anew(setPart)}
        parts={[
          { value: 'all', label: text.changes.all },
          { value: 'accepted', label: requestStatus.accepted },
          { value: 'rejected', label: requestStatus.rejected },
          { value: 'pending', label: requestStatus.pending },
        ]}
      />
      <Loaded of={ledger}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <Text c="dimmed" role="status">
              {narrowed ? text.ledger.none : text.ledger.empty}
            </Text>
          ) : (
            <>
              <LedgerTable rows={rows} />
              <Pager
                isFirst={after === undefined}
                hasNext={next !== null}
                onFirst={() => setAfter(undefined)}
                onNext={() => setAfter(next ?? undefined)}
              />
              <SaveLinks path={(format) => `${downloads.ledger(run.sync, format)}?run=${run.id}`} />
            </>
          )
        }
      </Loaded>
    </Stack>
  )
}

type LedgerRows = Awaited<ReturnType<typeof api.readLedger>>['rows']

function LedgerTable({ rows }: { readonly rows: LedgerRows }) {
  const { text, number } = useLocale()
  return (
    <DataTable
      label={text.ledger.title}
      rows={rows}
      keyOf={(row) => row.n}
      minWidth={860}
      columns={[
        { head: text.column.operation, cell: (row) => text.run.operation[row.operation] },
        { head: text.column.identifier, cell: (row) => <IdentifierLink of={row.identifier} /> },
        { head: text.column.rowKey, cell: (row) => <LongText of={row.row_key} /> },
        {
          head: text.column.status,
          cell: (row) => (
            <Badge color={outcomeColors[row.status]}>{text.run.requestStatus[row.status]}</Badge>
          ),
        },
        { head: text.run.batch, cell: (row) => number(row.batch), figure: true },
        {
          head: text.run.answer,
          cell: (row) => (row.answer === null ? '' : <LongText of={row.answer} lang="en" />),
        },
        {
          head: text.run.requestId,
          cell: (row) => (row.request_id === null ? '' : <Code>{row.request_id}</Code>),
        },
        { head: text.column.when, cell: (row) => (row.at === null ? '' : <Moment at={row.at} />) },
      ]}
    />
  )
}
