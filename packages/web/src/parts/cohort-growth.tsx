import { Button, Group, Skeleton, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Loaded } from './loaded.tsx'
import { Moment } from './moment.tsx'
import { Panel } from './panel.tsx'

const GrowthPlot = lazy(() => import('./growth-plot.tsx'))
const days = 30

interface CohortGrowthProps {
  readonly partner: string
  readonly cohortId: string
}

/** How a cohort grew, how many were in it at a time, and who changed it. */
export function CohortGrowth({ partner, cohortId }: CohortGrowthProps) {
  const { text, number } = useLocale()
  const params = { partner, cohort_id: cohortId }
  const growth = useQuery({
    queryKey: ['growth', partner, cohortId],
    queryFn: () => api.getCohortGrowth({ params, query: { unit: 'day', steps: days } }),
  })
  return (
    <>
      <Panel title={text.growth.title} hint={text.growth.hint}>
        <Loaded of={growth}>
          {(steps) => (
            <>
              <Suspense fallback={<Skeleton height={240} />}>
                <GrowthPlot steps={steps} />
              </Suspense>
              <DataTable
                label={text.growth.title}
                rows={[...steps].reverse()}
                keyOf={(step) => step.at}
                maxHeight={180}
                columns={[
                  { head: text.growth.day, cell: (step) => step.at.slice(0, 10) },
                  { head: text.growth.joined, cell: (step) => number(step.joined), figure: true },
                  { head: text.growth.left, cell: (step) => number(step.left), figure: true },
                  { head: text.column.members, cell: (step) => number(step.members), figure: true },
                ]}
              />
            </>
          )}
        </Loaded>
        <AsOf {...params} />
      </Panel>
      <Changes {...params} />
    </>
  )
}

interface CohortParams {
  readonly partner: string
  readonly cohort_id: string
}

function AsOf(params: CohortParams) {
  const { text, instant } = useLocale()
  const [at, setAt] = useState('')
  const asking = useMutation({
    mutationFn: async (time: string) => {
      const iso = new Date(time).toISOString()
      const { count } = await api.listCohortMembersAt({ params, query: { at: iso, limit: 1 } })
      return { count, iso }
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (at !== '') asking.mutate(at)
      }}
    >
      <Group align="flex-end" gap="sm" mt="sm">
        <TextInput
          type="datetime-local"
          step={1}
          label={text.growth.asOf}
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={asking.isPending} disabled={at === ''}>
          {text.growth.ask}
        </Button>
        {asking.isSuccess ? (
          <Text role="status">
            {text.growth.asOfIs(text.count.users(asking.data.count), instant(asking.data.iso))}
          </Text>
        ) : null}
      </Group>
      {asking.isError ? <ErrorNotice error={asking.error} /> : null}
    </form>
  )
}

function Changes(params: CohortParams) {
  const { text, number } = useLocale()
  const changes = useQuery({
    queryKey: ['cohort-changes', params.partner, params.cohort_id],
    queryFn: () => api.listCohortChanges({ params, query: { limit: 20 } }),
  })
  return (
    <Panel title={text.growth.changes}>
      <Loaded of={changes}>
        {(list) =>
          list.length === 0 ? (
            <Text c="dimmed">{text.growth.noChanges}</Text>
          ) : (
            <DataTable
              label={text.growth.changes}
              rows={list.map((change, place) => ({ ...change, place }))}
              keyOf={(change) => change.place}
              columns={[
                { head: text.column.when, cell: (change) => <Moment at={change.at} /> },
                { head: text.requests.from, cell: (change) => text.growth.by[change.cause] },
                { head: text.requests.key, cell: (change) => change.key ?? '–' },
                { head: text.growth.joined, cell: (change) => number(change.joined), figure: true },
                { head: text.growth.left, cell: (change) => number(change.left), figure: true },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}
