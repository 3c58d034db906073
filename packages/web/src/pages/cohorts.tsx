import { useQuery } from '@tanstack/react-query'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { CohortTable } from '../parts/cohort-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'

export function CohortsPage() {
  const { text } = useLocale()
  const cohorts = useQuery({
    queryKey: ['cohorts'],
    queryFn: () => api.listCohorts(),
    refetchInterval: pollMs.live,
  })
  return (
    <Page title={text.nav.cohorts} intro={text.cohorts.intro}>
      <Loaded of={cohorts}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.cohorts.empty}
              hint={text.cohorts.emptyHint}
              command="npx muster run lapsed-vips"
            />
          ) : (
            <CohortTable label={text.nav.cohorts} cohorts={list} />
          )
        }
      </Loaded>
    </Page>
  )
}
