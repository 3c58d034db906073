import { z } from 'zod'

/** A point in time in milliseconds since 1970-01-01T00:00:00Z. Time is always an argument in core. */
export type Instant = number

/** An instant as it crosses the admin API: ISO-8601 with a zone, e.g. `2026-11-23T19:57:00.000Z`. */
export const IsoInstant = z.iso.datetime({ offset: true })

/** Takes an instant in ms; returns ISO-8601 in UTC. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString()
}

const isoPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-]\d{2}:?\d{2})?)?$/

/**
 * Takes an ISO-8601 date or date-time (`T` or a blank between, offset optional, no zone meaning UTC); returns its
 * instant in ms, or null when it is not one. A day or hour out of range is not one.
 */
export function parseIso(text: string): Instant | null {
  const found = isoPattern.exec(text)
  if (!found) return null
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] = found
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`
  const millis = fraction.padEnd(3, '0').slice(0, 3)
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}${offset}`)
  if (Number.isNaN(instant)) return null
  const civil = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return civil.getUTCDate() === Number(day) ? instant : null
}
