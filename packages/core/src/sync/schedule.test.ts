import { describe, expect, it } from 'vitest'
import { circleOf, nextRunAt, Schedule } from './schedule.ts'

const next = (schedule: Schedule, after: string): string | null => {
  const at = nextRunAt(schedule, Date.parse(after))
  return at === null ? null : new Date(at).toISOString()
}

describe('a schedule', () => {
  it.each([
    [{ every: '15m' }, '2026-11-24T08:00:00Z', '2026-11-24T08:15:00.000Z'],
    [{ cron: '0 7 * * 1-5' }, '2026-11-20T08:00:00Z', '2026-11-23T07:00:00.000Z'],
    [{ cron: '0 7 * * *', time_zone: 'Europe/Madrid' }, '2026-11-24T05:59:59Z', '2026-11-24T06:00:00.000Z'],
    [{ cron: '0 7 * * *', time_zone: 'Europe/Madrid' }, '2026-07-01T00:00:00Z', '2026-07-01T05:00:00.000Z'],
    ['manual', '2026-11-24T08:00:00Z', null],
    [{ after: 'other' }, '2026-11-24T08:00:00Z', null],
  ] as const)('%j after %s comes at %s', (schedule, after, at) => {
    expect(next(schedule, after)).toBe(at)
  })

  it('comes once where the clock leaves its time out, and once where it comes twice', () => {
    const nightly = { cron: '30 2 * * *', time_zone: 'America/New_York' }
    const runs = (from: string, count: number): string[] => {
      const times: string[] = []
      for (let at: string | null = from; at !== null && times.length < count; ) {
        at = next(nightly, at)
        if (at !== null) times.push(at)
      }
      return times
    }
    // Forward on 8 March 2026: 02:30 does not exist; back on 1 November: 01:00 to 02:00 comes twice, 02:30 once.
    expect(runs('2026-03-07T12:00:00Z', 2)).toEqual(['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'])
    const hour = { ...nightly, cron: '30 1 * * *' }
    expect(next(hour, '2026-10-31T12:00:00Z')).toBe('2026-11-01T05:30:00.000Z')
    expect(next(hour, '2026-11-01T05:30:00Z')).toBe('2026-11-02T06:30:00.000Z')
  })

  it.each([
    [{ cron: '0 7 * *' }],
    [{ cron: '0 0 7 * * *' }],
    [{ cron: '61 7 * * *' }],
    [{ cron: '0 7 * * *', time_zone: 'Mars/Olympus' }],
    [{ every: 'soon' }],
    [{ after: 'Not a name' }],
    [{ every: '1h', after: 'x' }],
  ])('%j is none', (schedule) => {
    expect(Schedule.safeParse(schedule).success).toBe(false)
  })
})

describe('syncs that run after one another', () => {
  const others = new Map([
    ['b', 'c'],
    ['c', 'd'],
    ['x', 'y'],
    ['y', 'x'],
  ])
  it('may be a chain, and no circle', () => {
    expect(circleOf('a', 'b', others)).toBeNull()
    expect(circleOf('d', 'b', others)).toEqual(['d', 'b', 'c', 'd'])
    expect(circleOf('a', 'a', others)).toEqual(['a', 'a'])
  })

  it('are not followed for ever when others go in a circle already', () => {
    expect(circleOf('a', 'x', others)).toBeNull()
  })
})
