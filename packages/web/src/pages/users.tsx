import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RejectedRowsButton, UserImport } from '../parts/user-import.tsx'

/** How many users there are, and how a file of them is brought in. */
export function UsersPage() {
  const { text, number } = useLocale()
  const tally = useQuery({
    queryKey: ['users'],
    queryFn: () => api.countUsers(),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.users} intro={text.users.intro}>
      <Loaded of={tally}>
        {({ users, identified }) => (
          <Text>{text.users.sum(text.count.users(users), number(identified))}</Text>
        )}
      </Loaded>
      <UserImport />
      <Imports />
    </Page>
  )
}

function Imports() {
  const { text, number } = useLocale()
  const imports = useQuery({
    queryKey: ['user-imports'],
    queryFn: () => api.listUserImports({ query: { limit: 20 } }),
    refetchInterval: pollMs.live,
  })
  return (
    <Panel title={text.users.imports}>
      <Loaded of={imports}>
        {(list) =>
          list.length === 0 ? (
            <Text c="dimmed">{text.users.noImports}</Text>
          ) : (
            <DataTable
              label={text.users.imports}
              rows={list}
              keyOf={(one) => one.id}
              minWidth={820}
              columns={[
                { head: text.column.when, cell: (one) => <Moment at={one.started_at} /> },
                { head: text.users.file, cell: (one) => one.name },
                { head: text.column.status, cell: (one) => text.users.status[one.status] },
                { head: text.users.rows, cell: (one) => number(one.rows_read), figure: true },
                { head: text.users.made, cell: (one) => number(one.created), figure: true },
                { head: text.users.updated, cell: (one) => number(one.updated), figure: true },
                { head: text.users.rejected, cell: (one) => number(one.rejected), figure: true },
                { head: '', cell: (one) => (one.rejected > 0 ? <RejectedRowsButton of={one} /> : null) },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}
