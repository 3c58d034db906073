import { describe, expect, it } from 'vitest'
import { planSync } from './plan.ts'
import { reportEnd, reportPlan } from './report.ts'

const rows = { read: 10, members: 10, null: 0, invalid: 0, duplicate: 0 }
const counts = { rows, accepted: 10, removed: 0, added: 0, unchanged: 10, reasserted: 0 }
const names = { destination: 'braze', cohort: 'VIPs', run: 12 }

const rules = { guards: {}, mode: 'mirror' } as const

describe('what is told of a plan', () => {
  it('is what it sends, that it sends nothing, or why it is held and what to do', () => {
    expect(
      reportPlan(planSync({ ...counts, added: 2, removed: 1, unchanged: 8 }, rules, 1_000)).message,
    ).toBe('2 to add, 1 to remove, 8 unchanged; nothing is sent yet')
    expect(reportPlan(planSync(counts, rules, 1_000)).message).toContain('nothing to send')
    const held = reportPlan(planSync({ ...counts, removed: 5, unchanged: 5 }, rules, 1_000))
    expect(held.message).toContain('removes 5 of 10 members (50%)')
    expect(held.hint).toContain('release')
  })
})

describe('what is told of a run', () => {
  const sums = { planned: 10, accepted: 7, rejected: 1, pending: 2, requests: 3 }
  it('is what was accepted and rejected', () => {
    const settled = { ...sums, pending: 0 }
    expect(reportEnd({ kind: 'settled' }, settled, names).message).toBe(
      '7 of 10 changes accepted by braze; 1 was rejected',
    )
  })
  it('is what is pending and that nothing is lost', () => {
    const told = reportEnd({ kind: 'unfinished', reason: 'the time of this run is over' }, sums, names)
    expect(told.message).toContain('2 pending')
    expect(told.hint).toContain('next run')
  })
  it('is which keys to mend', () => {
    const told = reportEnd({ kind: 'stopped', reason: 'Invalid client secret' }, sums, names)
    expect(told.message).toBe('the destination braze refuses the credentials: Invalid client secret')
    expect(told.hint).toContain('valid keys')
    expect(told.cause).toEqual({ code: 'unauthorized', reason: 'Invalid client secret' })
  })
})
