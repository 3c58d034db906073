import { chooseCanary } from '@muster/core/sync/canary.ts'
import { couplesOf } from '@muster/core/sync/coupling.ts'
import { identifierKey } from '@muster/core/sync/identifier.ts'
import type { Member } from '@muster/core/sync/member.ts'
import { goingPart, type WaitingPart } from '@muster/core/sync/part.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { orderForCanary } from './canary-changes.ts'
import { type Comparisons, named, openComparisons, type TestRow } from './compare-harness.ts'
import { coupleChanges } from './coupling.ts'
import type { Job } from './duckdb-job.ts'
import { partChanges } from './part-changes.ts'

/** Few identifiers for many rows, so that rows meet: each row has one key, and many name the same. */
const rows = fc.uniqueArray(
  fc.record({ key: fc.integer({ min: 1, max: 12 }).map(String), id: fc.constantFrom(...'abcdefghijkl') }),
  { selector: ({ key }) => key, maxLength: 12 },
)

describe('changes that belong together', () => {
  let of: Comparisons
  beforeAll(async () => {
    of = await openComparisons()
  })
  afterAll(() => of.close())

  /** The plan from what the rows of before have left behind to those of now. */
  const planned = async (on: Job, before: readonly TestRow[], now: readonly TestRow[]) => {
    const first = await of.compare(on, before, null)
    const accepted = [{ from: 0, to: first.counts.added }]
    const state = await of.fold(on, { state: null, ...first, accepted })
    const made = await of.compare(on, now, state)
    return { state, ...made, ...(await of.inOrder(on, made.changes)) }
  }

  const keys = (members: readonly (Member | undefined)[]): string[] =>
    members.map((member) => (member ? identifierKey(member.identifier) : 'none')).sort()

  it('are found as core finds them, where rows name the same too', async () => {
    await of.job((on) =>
      fc.assert(
        fc.asyncProperty(rows, rows, async (before, now) => {
          const { removed, added, changes } = await planned(on, before, now)
          await coupleChanges(on, { changes, directory: of.directory })
          const found = await on.rows('select removed, added from couple order by removed, added')
          expect(found).toEqual(
            [...couplesOf({ removed, added }, named(now))].sort(
              (a, b) => a.removed - b.removed || a.added - b.added,
            ),
          )
        }),
        { numRuns: 40 },
      ),
    )
  })

  it('are tried together: the first changes are those that core chooses, and no change is lost or numbered twice', async () => {
    await of.job((on) =>
      fc.assert(
        fc.asyncProperty(rows, rows, fc.integer({ min: 1, max: 5 }), async (before, now, first) => {
          const { removed, added, changes, counts } = await planned(on, before, now)
          const fresh = counts.added - counts.reasserted
          const couples = couplesOf({ removed, added }, named(now))
          const chosen = chooseCanary({ removed: removed.length, added: added.length, fresh, couples }, first)
          const place = { directory: of.directory, folder: await of.folder() }
          const ordered = await orderForCanary({ job: on, changes, counts, first, ...place })
          const after = await of.inOrder(on, ordered.changes)
          expect(ordered.cut).toEqual({ removed: chosen.removed.length, added: chosen.added.length })
          expect(keys(after.removed.slice(0, ordered.cut.removed))).toEqual(
            keys(chosen.removed.map((n) => removed[n])),
          )
          expect(keys(after.added.slice(0, ordered.cut.added))).toEqual(
            keys(chosen.added.map((n) => added[n])),
          )
          expect(keys(after.removed)).toEqual(keys(removed))
          expect(keys(after.added.slice(0, fresh))).toEqual(keys(added.slice(0, fresh)))
          expect(keys(after.added.slice(fresh))).toEqual(keys(added.slice(fresh)))
        }),
        { numRuns: 40 },
      ),
    )
  })

  it('wait together: what goes is what core lets go, and what is told of it is only that', async () => {
    const waiting = fc.constantFrom<WaitingPart>('removals', 'additions')
    await of.job((on) =>
      fc.assert(
        fc.asyncProperty(rows, rows, waiting, async (before, now, waits) => {
          const { removed, added, changes, counts } = await planned(on, before, now)
          const fresh = counts.added - counts.reasserted
          const couples = couplesOf({ removed, added }, named(now))
          const going = goingPart({ removed: removed.length, added: added.length, fresh, couples }, waits)
          const place = { directory: of.directory, folder: await of.folder() }
          const made = await partChanges({ job: on, changes, counts, waits, ...place })
          const after = await of.inOrder(on, made.changes)
          expect(keys(after.removed)).toEqual(keys(going.removed.map((n) => removed[n])))
          expect(keys(after.added)).toEqual(keys(going.added.map((n) => added[n])))
          expect(made.counts).toMatchObject({
            removed: going.removed.length,
            added: going.added.length,
            reasserted: going.added.filter((n) => n >= fresh).length,
          })
        }),
        { numRuns: 40 },
      ),
    )
  })
})
