import { Alert, Button, Code, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { Facts } from '../parts/facts.tsx'
import { FateBar, importedIdText } from '../parts/fates.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { LongText } from '../parts/long-text.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { Said } from '../parts/said.tsx'
import { tone } from '../theme.ts'

const statuses = ['201', '400', '401', '413', '415', '423', '429'] as const

/** The import inspector: every partner request, and one of them with the fate of each id. */
export function RequestsPage() {
  const { text, number } = useLocale()
  const { status, id, request } = useSearch({ from: '/requests' })
  const found = useQuery({
    queryKey: ['requests', status, id],
    queryFn: () => api.listImports({ query: { limit: 50, id, ...(status === undefined ? {} : { status }) } }),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.requests} intro={text.requests.intro}>
      <Filter key={`${status} ${id}`} />
      {request === undefined ? null : <OneRequest id={request} />}
      <Loaded of={found}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={text.requests.none} hint={text.requests.noneHint} />
          ) : (
            <DataTable
              label={text.nav.requests}
              rows={list}
              keyOf={(one) => one.id}
              minWidth={760}
              columns={[
                {
                  head: text.column.when,
                  cell: (one) => (
                    <TextLink to="/requests" search={{ status, id, request: one.id }} resetScroll={false}>
                      <Moment at={one.at} />
                    </TextLink>
                  ),
                },
                { head: text.column.partner, cell: (one) => one.partner },
                { head: text.requests.endpoint, cell: (one) => text.requests.endpoints[one.endpoint] },
                {
                  head: text.column.cohort,
                  cell: (one) => (one.cohort_id === null ? '–' : <LongText of={one.cohort_id} />),
                },
                { head: text.column.ids, cell: (one) => number(one.counts.ids), figure: true },
                {
                  head: text.requests.answer,
                  cell: (one) => (
                    <Text size="sm" c={one.status < 400 ? tone.good : tone.bad} component="span">
                      <Answer of={one} />
                    </Text>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}

function Filter() {
  const { text } = useLocale()
  const search = useSearch({ from: '/requests' })
  const navigate = useNavigate()
  const [status, setStatus] = useState(search.status ?? '')
  const [id, setId] = useState(search.id ?? '')
  const wanted = (value: string): string | undefined => (value.trim() === '' ? undefined : value.trim())
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void navigate({ to: '/requests', search: { status: wanted(status), id: wanted(id) } })
      }}
    >
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label={text.requests.filterStatus}
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value)}
          data={[{ value: '', label: text.requests.anyStatus }, ...statuses]}
        />
        <TextInput
          label={text.requests.filterId}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          {text.requests.filter}
        </Button>
      </Group>
    </form>
  )
}

const shownIds = 100

function OneRequest({ id }: { readonly id: string }) {
  const { text } = useLocale()
  const queries = useQueryClient()
  const [replayed, setReplayed] = useState<string | null>(null)
  const found = useQuery({ queryKey: ['import', id], queryFn: () => api.getImport({ params: { id } }) })
  const replay = async (): Promise<void> => {
    setReplayed((await api.replayImport({ params: { id } })).id)
    await queries.invalidateQueries({ queryKey: ['requests'] })
  }
  return (
    <Panel title={text.requests.request(id)}>
      <Loaded of={found}>
        {(one) => (
          <>
            <Facts
              of={[
                { label: text.requests.answer, value: <Answer of={one} /> },
                { label: text.requests.from, value: text.requests.cause[one.cause] },
                { label: text.requests.key, value: one.key === null ? '–' : <Code>{one.key}</Code> },
                { label: text.column.cohort, value: one.cohort_id ?? '–' },
              ]}
            />
            {one.counts.ids === 0 ? (
              <Text c="dimmed">{text.requests.noIds}</Text>
            ) : (
              <FateBar whole={`${text.count.ids(one.counts.ids)} =`} counts={one.counts} />
            )}
            {one.fates.length === 0 ? null : (
              <DataTable
                label={text.requests.request(id)}
                rows={one.fates.slice(0, shownIds).map((fate, place) => ({ ...fate, place }))}
                keyOf={(fate) => fate.place}
                maxHeight={320}
                columns={[
                  {
                    head: text.column.identifier,
                    cell: (fate) => (
                      <TextLink to="/why" search={{ user: importedIdText(fate) }}>
                        <LongText of={importedIdText(fate)} />
                      </TextLink>
                    ),
                  },
                  {
                    head: text.column.operation,
                    cell: (fate) => text.run.operation[fate.remove ? 'remove' : 'add'],
                  },
                  { head: text.column.fate, cell: (fate) => text.fate[fate.fate] },
                ]}
              />
            )}
            {one.fates.length === 0 ? null : (
              <Group mt="sm">
                <ConfirmButton
                  label={text.requests.replay}
                  title={text.requests.replayTitle}
                  variant="default"
                  act={replay}
                >
                  <Text size="sm">{text.requests.replayBody}</Text>
                </ConfirmButton>
              </Group>
            )}
            {replayed === null ? null : (
              <Alert color="teal" mt="sm" role="status">
                {text.requests.replayed}{' '}
                <TextLink to="/requests" search={{ request: replayed }}>
                  {text.requests.see}
                </TextLink>
              </Alert>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Answer({ of: { status, message } }: { readonly of: { status: number; message: string | null } }) {
  return (
    <>
      {status} <Said>{message ?? ''}</Said>
    </>
  )
}
