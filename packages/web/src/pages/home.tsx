import { useQuery } from '@tanstack/react-query'
import { api, pollMs, statusKey } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { AlertTable } from '../parts/alert-table.tsx'
import { ButtonLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RunTable } from '../parts/run-table.tsx'
import styles from '../parts/way.module.css'
import { EngageLane, SyncLane } from '../parts/way.tsx'

/** The way as a picture, with what stands at each station now. */
export function HomePage() {
  const { text } = useLocale()
  const status = useQuery({ queryKey: statusKey, queryFn: () => api.getStatus() })
  return (
    <Page
      title={text.home.title}
      intro={text.home.intro}
      actions={
        <ButtonLink to="/why" variant="default">
          {text.home.why}
        </ButtonLink>
      }
    >
      <Loaded of={status}>
        {({ halves }) => (
          <>
            {halves.includes('sync') ? <SyncLane /> : null}
            {halves.length === 2 ? (
              <p className={styles.wire}>
                <strong>{text.home.wire}</strong> {text.home.wireHint}
              </p>
            ) : null}
            {halves.includes('engage') ? <EngageLane /> : null}
            {halves.includes('sync') ? <Alerts /> : null}
            {halves.includes('sync') ? <NewestRuns /> : null}
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** What is wrong with the syncs; nothing where nothing is. */
function Alerts() {
  const { text } = useLocale()
  const alerts = useQuery({
    queryKey: ['alerts'],
    queryFn: () => api.listAlerts(),
    refetchInterval: pollMs.live,
  })
  if (alerts.data === undefined || alerts.data.length === 0) return null
  return (
    <Panel title={text.alerts.standing}>
      <AlertTable label={text.alerts.standing} alerts={alerts.data} withSync />
    </Panel>
  )
}

function NewestRuns() {
  const { text } = useLocale()
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: () => api.listRuns({ query: { limit: 8 } }),
    refetchInterval: pollMs.live,
  })
  return (
    <Loaded of={runs}>
      {(list) =>
        list.length === 0 ? null : (
          <Panel title={text.home.lastRuns}>
            <RunTable label={text.home.lastRuns} runs={list} withSync />
          </Panel>
        )
      }
    </Loaded>
  )
}
