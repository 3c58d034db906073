import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** What a destination may be asked in an hour of the clock, whoever asks. */
export interface RequestQuota {
  /** Takes one request: null when it may be sent now, else the time before which it may not. */
  take(): Promise<Instant | null>
}

const hourMs = 3_600_000
/** Taken at once, so that it costs a round trip in a hundred requests; lost when the run ends, and never sent twice. */
const chunk = 100

/** Opens the quota for one run; the runs of one destination share what an hour has, over all servers. */
export function openRequestQuota(
  on: Queryable,
  of: { readonly destination: string; readonly perHour: number; readonly clock: () => Instant },
): RequestQuota {
  let left = 0
  let hour = -1
  let taking: Promise<void> | null = null
  const fill = async (now: Instant): Promise<void> => {
    hour = Math.floor(now / hourMs)
    left = await takeRequests(on, { ...of, hour: hour * hourMs, wanted: chunk })
  }
  return {
    take: async () => {
      for (;;) {
        const now = of.clock()
        const isThisHour = Math.floor(now / hourMs) === hour
        if (isThisHour && left > 0) {
          left--
          return null
        }
        if (taking === null) {
          taking = fill(now).finally(() => {
            taking = null
          })
          await taking
          if (left === 0) return (hour + 1) * hourMs
        } else await taking
      }
    },
  }
}

/** Takes up to `wanted` requests of the hour; returns how many there were left to take. */
async function takeRequests(
  on: Queryable,
  {
    destination,
    hour,
    perHour,
    wanted,
  }: {
    readonly destination: string
    readonly hour: Instant
    readonly perHour: number
    readonly wanted: number
  },
): Promise<number> {
  // The row must be there to be locked: two who make it at once would each see a whole hour.
  await on.rows(sql`
    insert into sync.request_quota (destination, hour, taken) values (${destination}, ${new Date(hour)}, 0)
    on conflict (destination) do nothing`)
  const [row] = await on.rows<{ granted: number }>(sql`
    with before as (
      select case when hour = ${new Date(hour)} then taken else 0 end as taken
      from sync.request_quota where destination = ${destination} for update
    ), wanted as (
      select taken, least(${wanted}::int, greatest(0, ${perHour}::int - taken)) as granted from before
    ), written as (
      update sync.request_quota as quota set taken = wanted.taken + wanted.granted, hour = ${new Date(hour)}
      from wanted where quota.destination = ${destination}
    )
    select granted from wanted`)
  return row?.granted ?? 0
}
