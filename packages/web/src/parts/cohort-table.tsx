import type { CohortSummary } from '@muster/core/api/engage.ts'
import { partnerTitle } from '@muster/core/engage/segment.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'

interface CohortTableProps {
  readonly label: string
  readonly cohorts: readonly CohortSummary[]
}

export function CohortTable({ label, cohorts }: CohortTableProps) {
  const { text, number } = useLocale()
  return (
    <DataTable
      label={label}
      rows={cohorts}
      keyOf={(cohort) => `${cohort.partner}/${cohort.cohort_id}`}
      minWidth={560}
      columns={[
        {
          head: text.column.name,
          cell: (cohort) => (
            <TextLink
              to="/cohorts/$partner/$cohortId"
              params={{ partner: cohort.partner, cohortId: cohort.cohort_id }}
              fw={600}
            >
              {cohort.name}
            </TextLink>
          ),
        },
        { head: text.column.partner, cell: (cohort) => partnerTitle(cohort.partner) },
        { head: text.column.members, cell: (cohort) => number(cohort.members), figure: true },
        { head: text.column.lastImport, cell: (cohort) => <Moment at={cohort.last_import_at} /> },
      ]}
    />
  )
}
