import { useComputedColorScheme } from '@mantine/core'
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

interface PlotProps {
  /** Series over the names of the x axis. Keep it the same value while the data are the same. */
  readonly option: EChartsCoreOption
  readonly height?: number
}

/** A plot in the page's colours. Whoever cannot see it has the same figures in a table beside it. */
export function Plot({ option, height = 240 }: PlotProps) {
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
      yAxis: { type: 'value', minInterval: 1 },
      ...option,
    })
    const resized = new ResizeObserver(() => plot.resize())
    resized.observe(place.current)
    return () => {
      resized.disconnect()
      plot.dispose()
    }
  }, [option, scheme])
  return <div ref={place} style={{ height, width: '100%' }} aria-hidden="true" />
}
