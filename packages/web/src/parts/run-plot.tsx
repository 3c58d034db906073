import type { RunSummary } from '@muster/core/api/sync.ts'
import { useMemo } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { Plot } from './plot.tsx'
import { tookMs } from './run-table.tsx'

const colors = { added: '#12b886', removed: '#fd7e14', rejected: '#e03131', took: '#4c6ef5' } as const

interface RunPlotProps {
  /** Newest first. */
  readonly runs: readonly RunSummary[]
}

/** What each run changed, above what it removed, and below how long it took. */
export default function RunPlot({ runs }: RunPlotProps) {
  const { text, instant } = useLocale()
  const { changes, durations } = useMemo(() => {
    const ordered = [...runs].reverse()
    const xAxis = { type: 'category', data: ordered.map((run) => `${run.id} · ${instant(run.started_at)}`) }
    const axisLabel = { formatter: (name: string) => name.split(' · ')[0] ?? name }
    const bar = { type: 'bar', stack: 'changes', barMaxWidth: 28 }
    return {
      changes: {
        xAxis: { ...xAxis, axisLabel },
        series: [
          { ...bar, name: text.run.added, color: colors.added, data: ordered.map(added) },
          {
            ...bar,
            name: text.history.rejected,
            color: colors.rejected,
            data: ordered.map((run) => run.delivery.rejected),
          },
          {
            ...bar,
            name: text.run.removed,
            color: colors.removed,
            data: ordered.map((run) => -(run.plan?.removed ?? 0)),
          },
        ],
      },
      durations: {
        xAxis: { ...xAxis, axisLabel },
        yAxis: { type: 'value' },
        series: [
          {
            name: text.history.seconds,
            type: 'line',
            color: colors.took,
            data: ordered.map((run) => (tookMs(run) ?? 0) / 1_000),
          },
        ],
      },
    }
  }, [runs, text, instant])
  return (
    <>
      <Plot option={changes} />
      <Plot option={durations} height={160} />
    </>
  )
}

/** Those of the planned additions that were not rejected: the bars do not count anybody twice. */
function added({ plan, delivery }: RunSummary): number {
  return Math.max(0, (plan?.added ?? 0) - delivery.rejected)
}
