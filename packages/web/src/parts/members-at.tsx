import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { downloads } from '@muster/core/api/download.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { IdentifierLink } from './identifier-link.tsx'
import { Loaded } from './loaded.tsx'
import { LongText } from './long-text.tsx'
import { Pager } from './pager.tsx'
import { SaveLinks } from './save-links.tsx'

const pageSize = 20

/** Who was in a sync's cohort at a time that is asked for; the time stands in the address. */
export function MembersAt({ sync }: { readonly sync: string }) {
  const { text } = useLocale()
  const { at } = useSearch({ from: '/syncs/$name/history' })
  const navigate = useNavigate({ from: '/syncs/$name/history' })
  const [wanted, setWanted] = useState(at === undefined || !isTime(at) ? '' : inputTime(at))
  return (
    <Stack gap="md">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isTime(wanted))
            void navigate({ search: { at: new Date(wanted).toISOString() }, resetScroll: false })
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            type="datetime-local"
            step={1}
            label={text.growth.asOf}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={!isTime(wanted)}>
            {text.growth.ask}
          </Button>
        </Group>
      </form>
      {at === undefined || !isTime(at) ? null : <Members key={at} sync={sync} at={at} />}
    </Stack>
  )
}

function Members({ sync, at }: { readonly sync: string; readonly at: string }) {
  const { text, instant } = useLocale()
  const [after, setAfter] = useState<string | undefined>(undefined)
  const members = useQuery({
    queryKey: ['members-at', sync, at, after],
    queryFn: () =>
      api.listMembersAt({
        params: { name: sync },
        query: { at, limit: pageSize, ...(after === undefined ? {} : { after }) },
      }),
    placeholderData: (before) => before,
  })
  return (
    <Loaded of={members}>
      {({ count, members: list, next }) => (
        <Stack gap="sm">
          <Text role="status">{text.growth.asOfIs(text.count.ids(count), instant(at))}</Text>
          {list.length === 0 ? null : (
            <>
              <DataTable
                label={text.history.members}
                rows={list}
                keyOf={(member) => formatIdentifier(member.identifier)}
                columns={[
                  {
                    head: text.column.identifier,
                    cell: (member) => <IdentifierLink of={member.identifier} />,
                  },
                  { head: text.column.rowKey, cell: (member) => <LongText of={member.row_key} /> },
                ]}
              />
              <Pager
                isFirst={after === undefined}
                hasNext={next !== null}
                onFirst={() => setAfter(undefined)}
                onNext={() => setAfter(next ?? undefined)}
              />
              <SaveLinks
                path={(format) => `${downloads.members(sync, format)}?at=${encodeURIComponent(at)}`}
              />
            </>
          )}
        </Stack>
      )}
    </Loaded>
  )
}

function isTime(text: string): boolean {
  return text !== '' && Number.isFinite(Date.parse(text))
}

/** ISO-8601 as the field writes it: the reader's own clock, without a zone. */
function inputTime(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}
