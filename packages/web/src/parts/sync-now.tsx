import { Alert, Text } from '@mantine/core'
import type { RunSummary, SyncSummary } from '@muster/core/api/sync.ts'
import { useLocale } from '../locales/locale.tsx'
import { Facts } from './facts.tsx'
import { TextLink } from './links.tsx'
import { Moment } from './moment.tsx'

interface SyncNowProps {
  readonly sync: SyncSummary
  /** Its newest runs. */
  readonly runs: readonly RunSummary[]
}

/** What a sync has, what it does at this moment and what comes next. */
export function SyncNow({ sync, runs }: SyncNowProps) {
  const { text, number } = useLocale()
  const active = runs.find(({ status }) => status === 'reading' || status === 'applying')
  const queued = runs.find(({ status }) => status === 'queued')
  return (
    <>
      {sync.paused_at === null ? null : (
        <Alert color="gray" title={text.sync.paused} mb="md">
          <Text size="sm">
            {text.sync.pausedSince} <Moment at={sync.paused_at} />.
          </Text>
        </Alert>
      )}
      <Facts
        of={[
          {
            label: text.sync.accepted,
            value: <strong>{sync.accepted === null ? '–' : number(sync.accepted)}</strong>,
          },
          ...(active === undefined
            ? []
            : [{ label: text.sync.now, value: <RunLink run={active} says={text.sync.underWay} /> }]),
          { label: text.sync.next, value: <Next sync={sync} /> },
          {
            label: text.sync.queue,
            value:
              queued === undefined ? text.sync.queueEmpty : <RunLink run={queued} says={text.sync.queued} />,
          },
        ]}
      />
    </>
  )
}

function RunLink({ run, says }: { readonly run: RunSummary; readonly says: (id: string) => string }) {
  return (
    <TextLink to="/runs/$id" params={{ id: run.id }}>
      {says(run.id)}
    </TextLink>
  )
}

function Next({ sync }: Pick<SyncNowProps, 'sync'>) {
  const { text } = useLocale()
  const { schedule } = sync.definition
  if (sync.paused_at !== null) return text.sync.nextPaused
  if (sync.next_run_at !== null) return <Moment at={sync.next_run_at} />
  if (schedule !== 'manual' && 'after' in schedule) return text.sync.nextAfter(schedule.after)
  if (schedule !== 'manual' && 'dbt' in schedule)
    return text.sync.afterDbt(schedule.dbt.models?.join(', ') ?? null)
  return text.sync.nextNothing
}
