import type { AlertSummary } from '@muster/core/api/alert-routes.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Locale } from '../locales/locale.tsx'

/** What is wrong, by the figures of an alert; null where one of before has none. */
export function alertWords({ kind, figures }: AlertSummary, locale: Locale): string | null {
  const { says } = locale.text.alerts
  if (figures === undefined) return null
  const { value, limit } = figures
  const share = (of: number | null): string => locale.percent(of ?? 0, 1)
  const time = (of: number | null): string => locale.duration(of ?? 0)
  switch (kind) {
    case 'failed':
      return says.failed
    case 'held':
      return says.held
    case 'rejected':
      return says.rejected(share(value), share(limit))
    case 'slow':
      return value === null ? says.slowSoFar(time(limit)) : says.slow(time(value), time(limit))
    case 'stale':
      return says.stale(time(limit))
    default:
      return assertNever(kind)
  }
}
