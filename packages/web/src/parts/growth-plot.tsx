import { useMemo } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { Plot } from './plot.tsx'

export interface GrowthStep {
  readonly at: string
  readonly joined: number
  readonly left: number
  readonly members: number
}

/** Members as a line, who came and went as bars above and below. */
export default function GrowthPlot({ steps }: { readonly steps: readonly GrowthStep[] }) {
  const { text } = useLocale()
  const option = useMemo(
    () => ({
      xAxis: { type: 'category', data: steps.map(({ at }) => at.slice(0, 10)) },
      series: [
        {
          name: text.column.members,
          type: 'line',
          step: 'end',
          symbol: 'none',
          data: steps.map(({ members }) => members),
        },
        { name: text.growth.joined, type: 'bar', stack: 'changes', data: steps.map(({ joined }) => joined) },
        { name: text.growth.left, type: 'bar', stack: 'changes', data: steps.map(({ left }) => -left) },
      ],
    }),
    [steps, text],
  )
  return <Plot option={option} />
}
