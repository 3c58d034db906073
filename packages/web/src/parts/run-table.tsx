import type { RunSummary } from '@muster/core/api/sync.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'
import { StatusBadge } from './status-badge.tsx'

interface RunTableProps {
  readonly label: string
  readonly runs: readonly RunSummary[]
  readonly withSync?: boolean
}

/** Runs, each leading to all that is known of it. */
export function RunTable({ label, runs, withSync = false }: RunTableProps) {
  const { text, number } = useLocale()
  const sync = {
    head: text.column.sync,
    cell: (run: RunSummary) => (
      <TextLink to="/syncs/$name" params={{ name: run.sync }}>
        {run.sync}
      </TextLink>
    ),
  }
  return (
    <DataTable
      label={label}
      rows={runs}
      keyOf={(run) => run.id}
      minWidth={640}
      columns={[
        {
          head: text.run.started,
          cell: (run) => (
            <TextLink to="/runs/$id" params={{ id: run.id }}>
              <Moment at={run.started_at} />
            </TextLink>
          ),
        },
        ...(withSync ? [sync] : []),
        { head: text.column.status, cell: (run) => <StatusBadge status={run.status} /> },
        { head: text.run.added, cell: (run) => (run.plan ? number(run.plan.added) : '–'), figure: true },
        { head: text.run.removed, cell: (run) => (run.plan ? number(run.plan.removed) : '–'), figure: true },
        {
          head: text.run.unchanged,
          cell: (run) => (run.plan ? number(run.plan.unchanged) : '–'),
          figure: true,
        },
        { head: text.syncs.accepted, cell: (run) => number(run.delivery.accepted), figure: true },
      ]}
    />
  )
}
