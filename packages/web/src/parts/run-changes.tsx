import { Stack, Text } from '@mantine/core'
import { downloads } from '@muster/core/api/download.ts'
import type { RunSummary } from '@muster/core/api/sync.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { FindForm } from './find-form.tsx'
import { IdentifierLink } from './identifier-link.tsx'
import { Loaded } from './loaded.tsx'
import { LongText } from './long-text.tsx'
import { Pager } from './pager.tsx'
import { SaveLinks } from './save-links.tsx'

const pageSize = 50
type Part = 'all' | 'add' | 'remove'

/** Exactly whom a run adds and removes: a page of it, those that a text finds, and all of it as a file. */
export function RunChanges({ run }: { readonly run: RunSummary }) {
  const { text, number } = useLocale()
  const [part, setPart] = useState<Part>('all')
  const [find, setFind] = useState('')
  const [from, setFrom] = useState(0)
  const changes = useQuery({
    queryKey: ['changes', run.id, part, find, from],
    queryFn: () =>
      api.listChanges({
        params: { id: run.id },
        query: {
          from,
          limit: pageSize,
          ...(part === 'all' ? {} : { operation: part }),
          ...(find === '' ? {} : { find }),
        },
      }),
    placeholderData: (before) => before,
  })
  const anew = <Value,>(set: (value: Value) => void) => {
    return (value: Value): void => {
      set(value)
      setFrom(0)
    }
  }
  const { added = 0, removed = 0 } = run.plan ?? {}
  if (added + removed === 0) return <Text c="dimmed">{text.changes.empty}</Text>
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {text.changes.intro}
      </Text>
      <FindForm<Part>
        onFind={anew(setFind)}
        part={part}
        partLabel={text.column.operation}
        onPart={anew(setPart)}
        parts={[
          { value: 'all', label: text.changes.all },
          { value: 'add', label: `+ ${number(added)}` },
          { value: 'remove', label: `− ${number(removed)}` },
        ]}
      />
      <Loaded of={changes}>
        {({ changes: list, next }) => (
          <>
            {list.length === 0 ? (
              <Text c="dimmed" role="status">
                {text.changes.none}
              </Text>
            ) : (
              <DataTable
                label={text.changes.title}
                rows={list}
                keyOf={(change) => change.n}
                columns={[
                  { head: text.changes.number, cell: (change) => number(change.n + 1), figure: true },
                  { head: text.column.operation, cell: (change) => text.run.operation[change.operation] },
                  {
                    head: text.column.identifier,
                    cell: (change) => <IdentifierLink of={change.identifier} />,
                  },
                  { head: text.column.rowKey, cell: (change) => <LongText of={change.row_key} /> },
                ]}
              />
            )}
            <Pager
              isFirst={from === 0}
              hasNext={next !== null}
              onFirst={() => setFrom(0)}
              onNext={() => setFrom(next ?? 0)}
            />
          </>
        )}
      </Loaded>
      <SaveLinks path={(format) => downloads.changes(run.id, format)} />
    </Stack>
  )
}
