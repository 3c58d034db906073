import { useComputedColorScheme } from '@mantine/core'
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { useLocale } from '../locales/locale.tsx'

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface GrowthStep {
  readonly at: string
  readonly joined: number
  readonly left: number
  readonly members: number
}

/** Members as a line, who came and went as bars above and below. The figures stand in a table beside it for who cannot see it. */
export default function GrowthPlot({ steps }: { readonly steps: readonly GrowthStep[] }) {
  const { text } = useLocale()
  const place = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    if (!place.current) return
    const plot = init(place.current, scheme === 'dark' ? 'dark' : null)
    plot.setOption({
      backgroundColor: 'transparent',
      animation: false,
      grid: { left: 8, right: 8, top: 36, bottom: 8, containLabel: true },
      legend: { top: 0 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: steps.map(({ at }) => at.slice(0, 10)) },
      yAxis: { type: 'value', minInterval: 1 },
      series: [
        {
          name: text.column.members,
          type: 'line',
          step: 'end',
          symbol: 'none',
          data: steps.map(({ members }) => members),
        },
        {
          name: text.growth.joined,
          type: 'bar',
          stack: 'changes',
          data: steps.map(({ joined }) => joined),
        },
        { name: text.growth.left, type: 'bar', stack: 'changes', data: steps.map(({ left }) => -left) },
      ],
    })
    const resized = new ResizeObserver(() => plot.resize())
    resized.observe(place.current)
    return () => {
      resized.disconnect()
      plot.dispose()
    }
  }, [steps, scheme, text])
  return <div ref={place} style={{ height: 240, width: '100%' }} aria-hidden="true" />
}
