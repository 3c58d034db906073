import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultRetryPolicy, nextStep, type Outcome } from './outcome.ts'

const attempt = { number: 1, ids: 1_000, now: 1_000_000, deadline: 1_900_000, jitter: 0 }
const unavailable = (retryAfterMs: number | null): Outcome => ({
  kind: 'unavailable',
  status: 429,
  message: 'slow down',
  retryAfterMs,
})

describe('what follows an outcome', () => {
  it('is an acknowledgement of what was accepted', () => {
    expect(nextStep({ kind: 'accepted', requestId: null, status: 201 }, attempt)).toEqual({
      kind: 'acknowledge',
    })
  })

  it('is a bisection of a refused batch, and the rejection of a refused id with the reason', () => {
    const refused: Outcome = { kind: 'refused', status: 400, message: 'bad id' }
    expect(nextStep(refused, attempt)).toEqual({ kind: 'bisect' })
    expect(nextStep(refused, { ...attempt, ids: 1 })).toEqual({ kind: 'reject', reason: 'bad id' })
  })

  it('is a stop when the credentials are refused', () => {
    expect(nextStep({ kind: 'unauthorized', status: 401, message: 'key' }, attempt)).toEqual({
      kind: 'stop',
      reason: 'key',
    })
  })

  it('is never a retry before the time that was asked for, nor at or past the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.option(fc.nat(2_000_000)),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (number, retryAfterMs, jitter) => {
          const step = nextStep(unavailable(retryAfterMs), { ...attempt, number, jitter })
          if (step.kind !== 'retry') return void expect(step.kind).toBe('leave_pending')
          expect(step.at).toBeGreaterThanOrEqual(attempt.now + (retryAfterMs ?? 0))
          expect(step.at).toBeLessThan(attempt.deadline)
        },
      ),
    )
  })

  it('backs off exponentially up to the longest delay', () => {
    const delay = (number: number): number => {
      const step = nextStep(unavailable(null), { ...attempt, number, jitter: 0.999 })
      return step.kind === 'retry' ? step.at - attempt.now : 0
    }
    expect(delay(1)).toBeLessThanOrEqual(defaultRetryPolicy.firstDelayMs)
    expect(delay(4)).toBeGreaterThan(delay(1) * 4)
    expect(delay(40)).toBeLessThanOrEqual(defaultRetryPolicy.maxDelayMs)
  })

  it('is left for the next run when the destination asks for longer than a run may wait', () => {
    const step = nextStep(unavailable(86_400_000), { ...attempt, deadline: 1e12 })
    expect(step).toEqual({ kind: 'leave_pending', reason: 'slow down' })
  })
})
