import { describe, expect, it } from 'vitest'
import { type DeletionFacts, inDeletionOrder, obstacleTo, refusalOf } from './deletion.ts'
import { type RunStatus, runStatuses } from './run.ts'

const sync = (
  runs: readonly RunStatus[],
  more: { readonly usedBy?: readonly string[]; readonly unansweredMs?: number } = {},
): DeletionFacts => ({
  kind: 'sync',
  usedBy: [],
  unansweredMs: 0,
  runs: runs.map((status, n) => ({ id: n + 1, status })),
  ...more,
})

describe('what keeps a thing from being deleted', () => {
  it('is whatever uses it, named with what to do first', () => {
    const refused = (kind: 'source' | 'model' | 'destination' | 'notifier' | 'sync', usedBy: string[]) => {
      const obstacle = obstacleTo(kind === 'sync' ? sync([], { usedBy }) : { kind, usedBy })
      if (!obstacle) throw new Error('nothing stands in the way')
      const { kind: of, code, message, hint } = refusalOf({ kind, name: 'shop' }, obstacle)
      return [of, code, message, hint]
    }
    expect(refused('source', ['people'])).toEqual([
      'conflict',
      'in_use',
      'the source shop is read by the model people',
      'Delete these models first, or let them read another source.',
    ])
    expect(refused('model', ['a', 'b'])[2]).toBe('the model shop is used by the syncs a and b')
    expect(refused('destination', ['a', 'b', 'c', 'd', 'e'])[2]).toBe(
      'the destination shop is used by the syncs a, b, c, d and e',
    )
    expect(refused('destination', ['a', 'b', 'c', 'd', 'e', 'f', 'g'])[2]).toBe(
      'the destination shop is used by the syncs a, b, c, d, e and 2 others',
    )
    expect(refused('notifier', ['a'])[2]).toBe('the notifier shop is told by the sync a of alerts')
    expect(refused('sync', ['a'])[2]).toBe('the sync shop is what the sync a runs after')
    expect(refused('sync', ['a', 'b'])[2]).toBe('the sync shop is what the syncs a and b run after')
  })

  it('is nothing where nothing uses it', () => {
    expect(obstacleTo({ kind: 'model', usedBy: [] })).toBeNull()
    expect(obstacleTo(sync([]))).toBeNull()
  })

  it('is of a sync a run that goes on or waits for somebody, and no other', () => {
    const standing = runStatuses.filter((status) => obstacleTo(sync([status])) !== null)
    expect(standing).toEqual(['queued', 'reading', 'held', 'applying'])
    const refusal = refusalOf(
      { kind: 'sync', name: 'vips' },
      obstacleTo(sync(['applying', 'done', 'queued'])) ?? { kind: 'used', by: [] },
    )
    expect(refusal).toMatchObject({
      code: 'run_unfinished',
      message: 'the sync vips has a run that has not ended: run 1 is applying and run 3 is queued',
      hint: 'Cancel it first: muster cancel 1, muster cancel 3',
    })
  })

  it('is a request that may still arrive, for as long as it may', () => {
    const obstacle = obstacleTo(sync(['cancelled'], { unansweredMs: 12_300 }))
    expect(obstacle).toEqual({ kind: 'unanswered', ms: 12_300 })
    expect(refusalOf({ kind: 'sync', name: 'vips' }, { kind: 'unanswered', ms: 12_300 })).toMatchObject({
      code: 'requests_in_flight',
      hint: 'Try again in 13 s.',
      retryAfterMs: 12_300,
    })
  })
})

describe('the order of deleting', () => {
  it('puts what uses others first, a sync before the one that it runs after, and leaves out what stays', () => {
    const after: Readonly<Record<string, string>> = { c: 'b', b: 'a' }
    const all = ['source s', 'model m', 'segment g', 'sync a', 'sync d', 'sync b', 'sync c', 'destination t']
    const things = all.map((one) => ({ kind: one.split(' ')[0] ?? '', name: one.split(' ')[1] ?? '' }))
    const order = inDeletionOrder(things, ({ name }) => after[name] ?? null)
    expect(order.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'sync c',
      'sync b',
      'sync a',
      'sync d',
      'model m',
      'source s',
      'destination t',
    ])
  })
})
