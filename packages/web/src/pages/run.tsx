import { Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { api, runInterval } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { RunView } from '../parts/run-view.tsx'

export function RunPage() {
  const { text } = useLocale()
  const { id } = useParams({ from: '/runs/$id' })
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: () => api.getRun({ params: { id } }),
    refetchInterval: (query) => runInterval(query.state.data?.status),
  })
  const sync = run.data?.sync
  const parent =
    sync === undefined ? (
      <TextLink to="/syncs">{text.nav.syncs}</TextLink>
    ) : (
      <TextLink to="/syncs/$name" params={{ name: sync }}>
        {sync}
      </TextLink>
    )
  return (
    <Page title={text.run.title(id)} parent={parent}>
      <Loaded of={run}>
        {(found) => (
          <Paper withBorder p="md">
            <RunView run={found} />
          </Paper>
        )}
      </Loaded>
    </Page>
  )
}
