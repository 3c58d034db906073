import { describe, expect, it } from 'vitest'
import { isSettled, outcomeOf, runStatuses } from './run.ts'

describe('the outcome of a run', () => {
  it('is none while the run goes on, or waits for somebody', () => {
    const open = runStatuses.filter((status) => outcomeOf(status, 0) === null)
    expect(open).toEqual(['queued', 'reading', 'planned', 'held', 'applying'])
    expect(runStatuses.filter((status) => !isSettled(status) && !open.includes(status))).toEqual([])
  })

  it('tells a run that was whole from one with rejected ids, and from one that left some pending', () => {
    expect([outcomeOf('done', 0), outcomeOf('done', 1), outcomeOf('incomplete', 1)]).toEqual([
      'success',
      'warning',
      'interrupted',
    ])
  })

  it('of refused credentials and of a failed read is a failure, of what somebody or a newer plan ended is not', () => {
    const ends = (['stopped', 'failed', 'cancelled', 'superseded'] as const).map((status) =>
      outcomeOf(status, 0),
    )
    expect(ends).toEqual(['failed', 'failed', 'cancelled', 'cancelled'])
  })
})
