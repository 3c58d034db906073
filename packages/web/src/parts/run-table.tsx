import { Badge, Group } from '@mantine/core'
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
  /** Beyond this height the rows scroll below their heads. */
  readonly maxHeight?: number
}

/** How long a run took; null while it goes on. */
export function tookMs({ started_at, finished_at }: RunSummary): number | null {
  return finished_at === null ? null : Date.parse(finished_at) - Date.parse(started_at)
}

/** Runs, each leading to all that is known of it. */
export function RunTable({ label, runs, withSync = false, maxHeight }: RunTableProps) {
  const { text, number, duration } = useLocale()
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
      minWidth={820}
      {...(maxHeight === undefined ? {} : { maxHeight })}
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
        {
          head: text.column.status,
          cell: (run) => (
            <Group gap={6} wrap="nowrap">
              <StatusBadge status={run.status} />
              {run.kind === 'sync' ? null : <Badge color="gray">{text.run.kind[run.kind]}</Badge>}
            </Group>
          ),
        },
        { head: text.run.added, cell: (run) => (run.plan ? number(run.plan.added) : '–'), figure: true },
        { head: text.run.removed, cell: (run) => (run.plan ? number(run.plan.removed) : '–'), figure: true },
        {
          head: text.run.unchanged,
          cell: (run) => (run.plan ? number(run.plan.unchanged) : '–'),
          figure: true,
        },
        { head: text.syncs.accepted, cell: (run) => number(run.delivery.accepted), figure: true },
        { head: text.history.rejected, cell: (run) => number(run.delivery.rejected), figure: true },
        {
          head: text.history.took,
          cell: (run) => {
            const ms = tookMs(run)
            return ms === null ? '–' : duration(ms)
          },
          figure: true,
        },
      ]}
    />
  )
}
