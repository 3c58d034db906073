import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Alert,
  type AlertKind,
  AlertRules,
  alertChanges,
  alertKinds,
  judgeSync,
  type SyncFacts,
} from './alert.ts'

const hour = 3_600_000
const rules = AlertRules.parse({ to: ['ops'], max_rejected: '1%', max_duration: '30m', no_change_for: '2d' })
const well: SyncFacts = {
  now: 100 * hour,
  last: { id: 7, end: 'done', message: 'done', planned: 1_000, rejected: 10, tookMs: 1_800_000 },
  running: null,
  changedAt: 99 * hour,
}
const judged = (change: Partial<SyncFacts>, by: AlertRules = rules) => judgeSync(by, { ...well, ...change })
const figures = (known: object) => ({ run: null, value: null, limit: null, ...known })
const last = (change: object) => ({ last: { ...well.last, ...change } as SyncFacts['last'] })

describe('a sync', () => {
  it('is well at its limits, and before its first run', () => {
    expect(judged({})).toEqual([])
    expect(judged({ last: null })).toEqual([])
    expect(judged({ changedAt: 100 * hour - 48 * hour })).toEqual([])
  })

  it('is in trouble when its last run failed or is held', () => {
    expect(judged(last({ end: 'failed', message: 'the warehouse is away' }))).toEqual([
      { kind: 'failed', message: 'run 7 failed: the warehouse is away', figures: figures({ run: 7 }) },
    ])
    expect(judged(last({ end: 'held', message: 'held by a guard: …' }))).toEqual([
      { kind: 'held', message: 'run 7 is held by a guard: …', figures: figures({ run: 7 }) },
    ])
  })

  it('is in trouble beyond a limit, and says by how much', () => {
    expect(judged(last({ rejected: 11 }))).toEqual([
      {
        kind: 'rejected',
        message: 'run 7 had 11 of 1000 changes (1.1%) rejected; at most 1% are expected',
        figures: figures({ run: 7, value: 0.011, limit: 0.01 }),
      },
    ])
    expect(judged(last({ tookMs: 2_000_000 }))).toEqual([
      {
        kind: 'slow',
        message: 'run 7 took 33m; at most 30m is expected',
        figures: figures({ run: 7, value: 2_000_000, limit: hour / 2 }),
      },
    ])
    expect(judged({ running: { id: 8, startedAt: 99 * hour } })).toEqual([
      {
        kind: 'slow',
        message: 'run 8 has taken longer than 30m so far',
        figures: figures({ run: 8, limit: hour / 2 }),
      },
    ])
    expect(judged({ changedAt: 50 * hour })).toEqual([
      {
        kind: 'stale',
        message: 'nothing has been accepted for more than 2d',
        figures: figures({ limit: 48 * hour }),
      },
    ])
  })

  it('has no limit but those that its rules name', () => {
    const only = AlertRules.parse({ to: ['ops'] })
    expect(judged({ ...last({ rejected: 1_000, tookMs: 1e9 }), changedAt: 0 }, only)).toEqual([])
  })
})

describe('what is told', () => {
  const alerts = fc
    .uniqueArray(fc.constantFrom(...alertKinds))
    .chain((kinds) =>
      fc.tuple(...kinds.map((kind) => fc.record({ kind: fc.constant(kind), message: fc.string() }))),
    )

  it('is each beginning and each end once, whatever the order of states', () => {
    fc.assert(
      fc.property(fc.array(alerts, { maxLength: 20 }), (states) => {
        const open = new Map<AlertKind, number>()
        let before: readonly Alert[] = []
        for (const after of states) {
          for (const { event, alert } of alertChanges(before, after)) {
            const told = (open.get(alert.kind) ?? 0) + (event === 'raised' ? 1 : -1)
            open.set(alert.kind, told)
            expect([0, 1]).toContain(told)
          }
          before = after
        }
        const standing = [...open].filter(([, told]) => told === 1).map(([kind]) => kind)
        expect(standing.sort()).toEqual(before.map(({ kind }) => kind).sort())
      }),
    )
  })

  it('is nothing when an alert goes on with another sentence', () => {
    expect(alertChanges([{ kind: 'failed', message: 'a' }], [{ kind: 'failed', message: 'b' }])).toEqual([])
  })
})
