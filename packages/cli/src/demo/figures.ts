/** The figures of a walk: the last line of `npm run demo -- --json`. Scripts read it: names stay. */
export interface Figures {
  readonly members: number
  run1: RunFigures
  run2: RunFigures
  spring: RunFigures
  cohort: { readonly cohort_id: string; readonly members: number }
  import: FateFigures
  segment: { readonly size: number }
  campaign: { readonly sent: number }
  canvas: { readonly entered: number; readonly sent: number }
  /** Figures that were held against the shop's own truth. */
  checked: number
  address: string
  /** A user whose way is worth asking for: `muster why`. */
  readonly guide: string
  readonly seconds: Record<string, number>
}

export interface RunFigures {
  readonly added: number
  readonly removed: number
  readonly unchanged: number
}

export interface FateFigures {
  readonly ids: number
  readonly added: number
  readonly already_in: number
  readonly removed: number
  readonly not_in: number
  readonly unknown: number
  readonly device_of_identified: number
}

/** Takes times of a walk by name, in seconds with two decimals. */
export function stopwatch(
  seconds: Record<string, number>,
): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  return async (name, work) => {
    const began = performance.now()
    try {
      return await work()
    } finally {
      const took = (performance.now() - began) / 1_000
      seconds[name] = Math.round(((seconds[name] ?? 0) + took) * 100) / 100
    }
  }
}
