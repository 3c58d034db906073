import { Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import { type ReactNode, useId } from 'react'
import { api, pollMs } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'
import styles from './way.module.css'

/** Sources to delivery: what the sync half has at each station. */
export function SyncLane() {
  const { text, number } = useLocale()
  const refetchInterval = pollMs.live
  const sources = useQuery({ queryKey: ['sources'], queryFn: () => api.listSources(), refetchInterval })
  const models = useQuery({ queryKey: ['models'], queryFn: () => api.listModels(), refetchInterval })
  const syncs = useQuery({ queryKey: ['syncs'], queryFn: () => api.listSyncs(), refetchInterval })
  const failed = sources.error ?? models.error ?? syncs.error
  const runs = (syncs.data ?? []).flatMap((sync) => (sync.last_run ? [sync.last_run] : []))
  const newest = runs.sort((a, b) => b.started_at.localeCompare(a.started_at))[0]
  const plan = newest?.plan
  return (
    <Lane title={text.home.syncHalf} hint={text.home.syncHalfHint} error={failed}>
      <Station
        to="/sources"
        name={text.home.source}
        figure={figureOf(sources.data?.length, number)}
        note={sources.data?.map((source) => source.type).join(', ')}
      />
      <Station
        to="/models"
        name={text.home.model}
        figure={figureOf(models.data?.length, number)}
        note={plan ? text.home.rowsRead(plan.rows.read) : undefined}
      />
      <Station
        to="/syncs"
        name={text.home.plan}
        figure={plan ? `+${number(plan.added)} −${number(plan.removed)}` : '–'}
        note={newest ? text.home.newest(newest.sync) : text.home.noRunYet}
      />
      <Station
        to="/syncs"
        name={text.home.delivery}
        figure={figureOf(
          sumOf(syncs.data, (sync) => sync.accepted ?? 0),
          number,
        )}
        note={text.home.acceptedFor(syncs.data?.length ?? 0)}
      />
    </Lane>
  )
}

/** Cohort to message: what the engagement half has at each station. */
export function EngageLane() {
  const { text, number } = useLocale()
  const refetchInterval = pollMs.live
  const cohorts = useQuery({ queryKey: ['cohorts'], queryFn: () => api.listCohorts(), refetchInterval })
  const segments = useQuery({ queryKey: ['segments'], queryFn: () => api.listSegments(), refetchInterval })
  const campaigns = useQuery({ queryKey: ['campaigns'], queryFn: () => api.listCampaigns(), refetchInterval })
  const canvases = useQuery({ queryKey: ['canvases'], queryFn: () => api.listCanvases(), refetchInterval })
  const users = useQuery({ queryKey: ['users'], queryFn: () => api.countUsers(), refetchInterval })
  const failed = cohorts.error ?? segments.error ?? campaigns.error ?? canvases.error ?? users.error
  const senders = [...(campaigns.data ?? []), ...(canvases.data ?? [])]
  return (
    <Lane title={text.home.engageHalf} hint={text.home.engageHalfHint} error={failed}>
      <Station
        to="/cohorts"
        name={text.home.cohort}
        figure={figureOf(cohorts.data?.length, number)}
        note={text.home.members(sumOf(cohorts.data, (cohort) => cohort.members) ?? 0)}
      />
      <Station
        to="/segments"
        name={text.home.segment}
        figure={figureOf(segments.data?.length, number)}
        note={users.data ? text.home.of(text.count.users(users.data.users)) : undefined}
      />
      <Station
        to="/campaigns"
        name={text.home.campaign}
        figure={`${figureOf(campaigns.data?.length, number)} + ${figureOf(canvases.data?.length, number)}`}
        note={text.home.entered(number(sumOf(canvases.data, (canvas) => canvas.entered) ?? 0))}
      />
      <Station
        to="/inbox"
        name={text.home.message}
        figure={figureOf(
          sumOf(senders, (sender) => sender.counts.sent),
          number,
        )}
        note={text.home.messages}
      />
    </Lane>
  )
}

function figureOf(value: number | undefined, number: (n: number) => string): string {
  return value === undefined ? '–' : number(value)
}

function sumOf<Item>(items: readonly Item[] | undefined, value: (item: Item) => number): number | undefined {
  return items?.reduce((sum, item) => sum + value(item), 0)
}

interface LaneProps {
  readonly title: string
  readonly hint: string
  readonly error: unknown
  readonly children: ReactNode
}

function Lane({ title, hint, error, children }: LaneProps) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id}>
        {title}{' '}
        <Text span size="sm" c="dimmed" fw={400}>
          {hint}
        </Text>
      </Title>
      {error === null ? null : <ErrorNotice error={error} />}
      <ol className={styles.lane}>{children}</ol>
    </section>
  )
}

interface StationProps {
  readonly to: LinkProps['to']
  readonly name: string
  readonly figure: string
  readonly note: string | undefined
}

function Station({ to, name, figure, note = '' }: StationProps) {
  return (
    <li className={styles.station}>
      <Link to={to} className={styles.card}>
        <span className={styles.name}>{name}</span>
        <span className={styles.figure}>{figure}</span>
        <span className={styles.note}>{note}</span>
      </Link>
    </li>
  )
}
