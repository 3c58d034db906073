import { describe, expect, it } from 'vitest'
import { secondsToSend } from './plan.ts'

describe('how long a plan takes to send', () => {
  const pace = { requestsPerHour: 1_000, concurrency: 4, answerMs: 100 }

  it('is nothing for nothing', () => {
    expect(secondsToSend(0, pace)).toBe(0)
  })

  it('waits for answers, as many at once as may be in flight', () => {
    expect(secondsToSend(1, pace)).toBe(0.1)
    expect(secondsToSend(8, pace)).toBe(0.2)
    expect(secondsToSend(9, pace)).toBeCloseTo(0.3)
  })

  it('waits an hour each time that the requests of an hour are used up', () => {
    expect(secondsToSend(1_000, pace)).toBe(25)
    expect(secondsToSend(1_001, pace)).toBe(3_600)
    expect(secondsToSend(2_001, pace)).toBe(7_200)
  })

  it('guesses where nothing has ever been answered', () => {
    expect(secondsToSend(40, { ...pace, answerMs: null })).toBe(2.5)
  })
})
