/** One figure of a bench; with `--json` a line of the output. Scripts read it: names stay. */
export interface Measurement {
  readonly bench: string
  readonly metric: string
  readonly value: number
  readonly unit: 'ids/s' | 'rows/s' | 's' | 'MiB'
  /** What bare tools reach on the same work in the same run; null where there is nothing to compare with. */
  readonly limit: number | null
  /** value ÷ limit. */
  readonly ratio: number | null
  /** Rows, ids or starts that were measured. */
  readonly n: number
}

export interface Figure {
  readonly metric: string
  readonly value: number
  readonly unit: Measurement['unit']
  readonly limit?: number | null
  readonly n: number
}

export function measurementOf(bench: string, { metric, value, unit, limit = null, n }: Figure): Measurement {
  const ratio = limit === null || limit === 0 ? null : value / limit
  return {
    bench,
    metric,
    value: rounded(value),
    unit,
    limit: limit && rounded(limit),
    ratio: ratio && rounded(ratio),
    n,
  }
}

/** Three significant digits say all that a bench can. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** For people: aligned columns. */
export function asTable(measurements: readonly Measurement[]): string {
  const head = ['bench', 'metric', 'value', 'unit', 'limit', 'ratio', 'n']
  const number = (value: number | null): string => (value === null ? '–' : value.toLocaleString('en'))
  const rows = measurements.map((m) => [
    m.bench,
    m.metric,
    number(m.value),
    m.unit,
    number(m.limit),
    number(m.ratio),
    number(m.n),
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const isText = new Set([0, 1, 3])
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (isText.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
    )
    .map((row) => row.join('  ').trimEnd())
    .join('\n')
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value below which that share of them lies, e.g. 0.99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Seconds that the work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}
