import { Badge, Stack, Text } from '@mantine/core'
import { downloads } from '@muster/core/api/download.ts'
import type { SyncSummary } from '@muster/core/api/sync.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { DataTable } from './data-table.tsx'
import { FindForm } from './find-form.tsx'
import { IdentifierLink } from './identifier-link.tsx'
import { TextLink } from './links.tsx'
import { LongText } from './long-text.tsx'
import { Pager } from './pager.tsx'
import { Panel } from './panel.tsx'
import { SaveLinks } from './save-links.tsx'

const pageSize = 20
type Part = 'all' | 'aside'

/** What the destination of a sync rejects in run after run; nothing where it rejects nothing. */
export function RejectedPanel({ sync: { name, last_run: run } }: { readonly sync: SyncSummary }) {
  const { text } = useLocale()
  const [part, setPart] = useState<Part>('all')
  const [find, setFind] = useState('')
  const [after, setAfter] = useState<string | undefined>(undefined)
  const query = {
    limit: pageSize,
    ...(after === undefined ? {} : { after }),
    ...(part === 'all' ? {} : { set_aside: 'true' }),
    ...(find === '' ? {} : { find }),
  }
  const queries = useQueryClient()
  const rejected = useQuery({
    queryKey: ['rejected', name, run?.id, run?.status, query],
    queryFn: () => api.listRejected({ params: { name }, query }),
    placeholderData: (before) => before,
    refetchInterval: pollMs.live,
  })
  const retry = async (): Promise<void> => {
    await api.retryRejected({ params: { name } })
    await queries.invalidateQueries({ queryKey: ['rejected', name] })
  }
  const anew = <Value,>(set: (value: Value) => void) => {
    return (value: Value): void => {
      set(value)
      setAfter(undefined)
    }
  }
  const { data } = rejected
  if (data === undefined || data.count === 0) return null
  return (
    <Panel
      title={text.rejected.title}
      hint={text.rejected.intro(data.count, data.tries)}
      actions={
        <ConfirmButton
          label={text.rejected.retry}
          title={text.rejected.retryTitle}
          variant="default"
          size="xs"
          act={retry}
        >
          <Text size="sm">{text.rejected.retryBody}</Text>
        </ConfirmButton>
      }
    >
      <Stack gap="md">
        <FindForm<Part>
          onFind={anew(setFind)}
          part={part}
          partLabel={text.rejected.nextRun}
          onPart={anew(setPart)}
          parts={[
            { value: 'all', label: text.changes.all },
            { value: 'aside', label: text.rejected.only },
          ]}
        />
        {data.rows.length === 0 ? (
          <Text c="dimmed" role="status">
            {text.rejected.none}
          </Text>
        ) : (
          <>
            <RejectedTable rows={data.rows} />
            <Pager
              isFirst={after === undefined}
              hasNext={data.next !== null}
              onFirst={() => setAfter(undefined)}
              onNext={() => setAfter(data.next ?? undefined)}
            />
            <SaveLinks path={(format) => downloads.rejected(name, format)} />
          </>
        )}
      </Stack>
    </Panel>
  )
}

type Rows = Awaited<ReturnType<typeof api.listRejected>>['rows']

function RejectedTable({ rows }: { readonly rows: Rows }) {
  const { text, number } = useLocale()
  const runLink = (id: string) => (
    <TextLink to="/runs/$id" params={{ id }}>
      {id}
    </TextLink>
  )
  return (
    <DataTable
      label={text.rejected.title}
      rows={rows}
      keyOf={(row) => JSON.stringify([row.operation, row.identifier])}
      minWidth={760}
      columns={[
        { head: text.column.operation, cell: (row) => text.run.operation[row.operation] },
        { head: text.column.identifier, cell: (row) => <IdentifierLink of={row.identifier} /> },
        { head: text.column.rowKey, cell: (row) => <LongText of={row.row_key} /> },
        { head: text.rejected.tries, cell: (row) => number(row.tries), figure: true },
        {
          head: text.rejected.nextRun,
          cell: (row) =>
            row.set_aside ? (
              <Badge color="orange">{text.rejected.setAside}</Badge>
            ) : (
              <Badge color="gray">{text.rejected.triedAgain}</Badge>
            ),
        },
        {
          head: text.rejected.runs,
          cell: (row) =>
            row.first_run === row.last_run ? (
              runLink(row.last_run)
            ) : (
              <>
                {runLink(row.first_run)}–{runLink(row.last_run)}
              </>
            ),
        },
        { head: text.rejected.reason, cell: (row) => <LongText of={row.reason} lang="en" /> },
      ]}
    />
  )
}
