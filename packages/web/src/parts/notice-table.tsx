import { Badge } from '@mantine/core'
import type { NoticeSummary } from '@muster/core/api/alert-routes.ts'
import { useLocale } from '../locales/locale.tsx'
import { AlertBadge } from './alert-table.tsx'
import { DataTable } from './data-table.tsx'
import { TextLink } from './links.tsx'
import { LongText } from './long-text.tsx'
import { Moment } from './moment.tsx'

const colors: Readonly<Record<NoticeSummary['status'], string>> = {
  pending: 'blue',
  told: 'teal',
  refused: 'red',
  given_up: 'red',
}

/** Who was told of what, and how telling them went. */
export function NoticeTable({ notices }: { readonly notices: readonly NoticeSummary[] }) {
  const { text } = useLocale()
  return (
    <DataTable
      label={text.alerts.told}
      rows={notices}
      keyOf={(notice) => `${notice.id} ${notice.notifier}`}
      minWidth={860}
      maxHeight={420}
      columns={[
        { head: text.column.when, cell: (notice) => <Moment at={notice.at} /> },
        {
          head: text.column.sync,
          cell: (notice) => (
            <TextLink to="/syncs/$name" params={{ name: notice.sync }}>
              {notice.sync}
            </TextLink>
          ),
        },
        {
          head: text.alerts.alert,
          cell: (notice) => (
            <>
              <AlertBadge kind={notice.alert} /> {text.alerts.event[notice.event]}
            </>
          ),
        },
        { head: text.alerts.to, cell: (notice) => notice.notifier },
        { head: text.column.status, cell: (notice) => <Told notice={notice} /> },
        {
          head: text.alerts.sentence,
          cell: (notice) => <LongText of={notice.message} lang="en" />,
        },
      ]}
    />
  )
}

function Told({ notice }: { readonly notice: NoticeSummary }) {
  const { text } = useLocale()
  const tries = notice.attempts > 1 || notice.status === 'pending' ? text.alerts.tries(notice.attempts) : null
  return (
    <>
      <Badge color={colors[notice.status]}>{text.alerts.status[notice.status]}</Badge> {tries}
      {notice.answer === null ? null : <LongText of={notice.answer} lang="en" />}
    </>
  )
}
