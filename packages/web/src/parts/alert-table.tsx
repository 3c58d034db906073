import { Badge } from '@mantine/core'
import type { AlertSummary } from '@muster/core/api/alert-routes.ts'
import type { AlertKind } from '@muster/core/sync/alert.ts'
import { useLocale } from '../locales/locale.tsx'
import { alertWords } from './alert-words.ts'
import { DataTable } from './data-table.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'
import { Said } from './said.tsx'

const colors: Readonly<Record<AlertKind, string>> = {
  failed: 'red',
  held: 'yellow',
  rejected: 'orange',
  slow: 'orange',
  stale: 'gray',
}

interface AlertTableProps {
  readonly label: string
  readonly alerts: readonly AlertSummary[]
  readonly withSync?: boolean
}

/** What is wrong now, each alert leading to its sync and its run. */
export function AlertTable({ label, alerts, withSync = false }: AlertTableProps) {
  const { text } = useLocale()
  const sync = {
    head: text.column.sync,
    cell: (alert: AlertSummary) => (
      <TextLink to="/syncs/$name" params={{ name: alert.sync }} fw={600}>
        {alert.sync}
      </TextLink>
    ),
  }
  return (
    <DataTable
      label={label}
      rows={alerts}
      keyOf={(alert) => `${alert.sync} ${alert.kind}`}
      minWidth={560}
      columns={[
        ...(withSync ? [sync] : []),
        { head: text.alerts.alert, cell: (alert) => <AlertBadge kind={alert.kind} /> },
        { head: text.alerts.wrongNow, cell: (alert) => <Wrong alert={alert} /> },
        { head: text.alerts.since, cell: (alert) => <Moment at={alert.since} /> },
      ]}
    />
  )
}

export function AlertBadge({ kind }: { readonly kind: AlertKind }) {
  const { text } = useLocale()
  return <Badge color={colors[kind]}>{text.alerts.kind[kind]}</Badge>
}

function Wrong({ alert }: { readonly alert: AlertSummary }) {
  const locale = useLocale()
  const words = alertWords(alert, locale)
  const run = alert.figures?.run ?? null
  return (
    <>
      {run === null ? null : (
        <>
          <TextLink to="/runs/$id" params={{ id: String(run) }} underline="always">
            {locale.text.run.title(String(run))}
          </TextLink>
          {': '}
        </>
      )}
      {words ?? <Said>{alert.message}</Said>}
    </>
  )
}
