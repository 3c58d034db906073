import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { couplesOf } from '@muster/core/sync/coupling.ts'
import { fromPlain, identifierKey, type PlainIdentifier } from '@muster/core/sync/identifier.ts'
import type { Member } from '@muster/core/sync/member.ts'
import {
  keepRejections,
  type Rejection,
  rememberRejections,
  withoutSetAside,
} from '@muster/core/sync/rejected.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Comparisons, named, openComparisons } from './compare-harness.ts'
import type { Job } from './duckdb-job.ts'
import type { PartFile } from './part-file.ts'
import { keepFound, rejectionRows, rememberSettled } from './rejections.ts'
import { setAsideFound } from './set-aside.ts'
import type { State } from './state.ts'

const ids = [...'abcdefg']
const row = fc.record({ key: fc.integer({ min: 1, max: 8 }).map(String), id: fc.constantFrom(...ids) })

/**
 * The life of a sync: rows of which a few change from run to run, since one that comes by another row is tried anew, and what
 * the destination rejects, of which some heals in some runs.
 */
const lives = fc
  .record({
    first: fc.uniqueArray(row, { selector: ({ key }) => key, minLength: 3, maxLength: 8 }),
    bad: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 4 }),
    runs: fc.array(
      fc.record({
        changed: fc.array(row, { maxLength: 2 }),
        gone: fc.option(fc.integer({ min: 1, max: 8 }).map(String), { freq: 3 }),
        healed: fc.option(fc.constantFrom(...ids), { freq: 2 }),
      }),
      { minLength: 2, maxLength: 7 },
    ),
  })
  .map(({ first, bad, runs }) => {
    const rows = new Map(first.map(({ key, id }) => [key, id]))
    return runs.map(({ changed, gone, healed }) => {
      for (const { key, id } of changed) rows.set(key, id)
      if (gone !== null) rows.delete(gone)
      return {
        rows: [...rows].map(([key, id]) => ({ key, id })),
        bad: bad.filter((id) => id !== healed),
      }
    })
  })

/** Row 2 turns to the identifier of row 1, which is rejected. */
const turnsToRejected = [
  {
    rows: [
      { key: '1', id: 'a' },
      { key: '2', id: 'b' },
    ],
    bad: ['a'],
  },
  {
    rows: [
      { key: '1', id: 'a' },
      { key: '2', id: 'a' },
    ],
    bad: ['a'],
  },
]

type Operation = Rejection['operation']

describe('changes that the destination rejects again and again', () => {
  let of: Comparisons
  beforeAll(async () => {
    of = await openComparisons()
  })
  afterAll(() => of.close())

  const read = async (on: Job, part: PartFile | null): Promise<Rejection[]> => {
    const found = await on.rows<
      PlainIdentifier & {
        operation: Operation
        row_key: string
        tries: number
        reason: string
        first_run: bigint
        last_run: bigint
      }
    >(`select * from ${rejectionRows(part, of.directory)}`)
    return found.map(({ namespace, value, row_key, first_run, last_run, ...one }) => ({
      ...one,
      identifier: fromPlain({ namespace, value }),
      rowKey: row_key,
      firstRun: Number(first_run),
      lastRun: Number(last_run),
    }))
  }
  const sorted = (rejections: readonly Rejection[]): string[] =>
    rejections.map((one) => JSON.stringify(one, Object.keys(one).sort())).sort()
  const keys = (members: readonly (Member | undefined)[]): string[] =>
    members.map((member) => (member ? identifierKey(member.identifier) : 'none')).sort()

  it('are set aside and remembered as core does it, each is sent at most so often in a row, and every member is counted', async () => {
    let asides = 0
    let coupled = 0
    await of.job((on) =>
      fc.assert(
        fc.asyncProperty(lives, fc.integer({ min: 1, max: 3 }), async (life, tries) => {
          let state: State | null = null
          let known: PartFile | null = null
          /** How often in a row each change was rejected, by its row. */
          const rejectedInARow = new Map<string, number>()
          for (const [index, { rows, bad }] of life.entries()) {
            const run = index + 1
            const whole = await of.compare(on, rows, state)
            const found = await of.inOrder(on, whole.changes)
            const before = await read(on, known)
            const folder = await of.folder()
            const place = { job: on, directory: of.directory }
            const kept =
              known && (await keepFound(place, { known, ...whole, file: `${folder}/kept.parquet` }))
            const keptByCore = keepRejections(before, found)
            expect(sorted(await read(on, kept))).toEqual(sorted(keptByCore))

            const made: Pick<typeof whole, 'changes' | 'counts'> = kept
              ? await setAsideFound({ ...place, ...whole, tries, folder: `${folder}/sent` })
              : whole
            const sent = await of.inOrder(on, made.changes)
            const places = (operation: Operation, members: readonly Member[]): Set<number> => {
              const aside = new Set(
                keptByCore
                  .filter((one) => one.operation === operation && one.tries >= tries)
                  .map((one) => identifierKey(one.identifier)),
              )
              return new Set(
                members.flatMap((one, n) => (aside.has(identifierKey(one.identifier)) ? [n] : [])),
              )
            }
            const aside = { removed: places('remove', found.removed), added: places('add', found.added) }
            const fresh = whole.counts.added - whole.counts.reasserted
            const goes = withoutSetAside(
              {
                removed: found.removed.length,
                added: found.added.length,
                fresh,
                couples: couplesOf(found, named(rows)),
              },
              aside,
            )
            if (aside.removed.size + aside.added.size > 0) {
              asides++
              coupled += goes.coupled
              expect(keys(sent.removed)).toEqual(keys(goes.removed.map((n) => found.removed[n])))
              expect(keys(sent.added)).toEqual(keys(goes.added.map((n) => found.added[n])))
              expect(made.counts.setAside).toEqual({
                removed: aside.removed.size,
                added: aside.added.size,
                coupled: goes.coupled,
              })
            }
            const { counts } = made
            expect(counts.rows.members).toBe(
              counts.unchanged + counts.added - counts.reasserted + (counts.setAside?.added ?? 0),
            )

            const changes = [
              ...sent.removed.map((one) => ({ ...one, operation: 'remove' as const })),
              ...sent.added.map((one) => ({ ...one, operation: 'add' as const })),
            ]
            const settled = changes.map((one) => {
              const isBad = bad.includes(identifierKey(one.identifier).at(-1) ?? '')
              const status = isBad ? ('rejected' as const) : ('accepted' as const)
              return { ...one, status, reason: isBad ? '400 no' : '201' }
            })
            for (const one of settled) {
              const change = `${one.operation} ${identifierKey(one.identifier)} ${one.rowKey}`
              const inARow = one.status === 'rejected' ? (rejectedInARow.get(change) ?? 0) + 1 : 0
              expect(inARow).toBeLessThanOrEqual(tries)
              rejectedInARow.set(change, inARow)
            }
            // Whoever has left, or comes by another row, begins anew.
            const wanted = new Set(
              keptByCore.map((one) => `${one.operation} ${identifierKey(one.identifier)} ${one.rowKey}`),
            )
            const told = new Set(
              settled.map((one) => `${one.operation} ${identifierKey(one.identifier)} ${one.rowKey}`),
            )
            for (const change of rejectedInARow.keys())
              if (!wanted.has(change) && !told.has(change)) rejectedInARow.delete(change)

            const accepted = settled.flatMap((one, n) =>
              one.status === 'accepted' ? [{ from: n, to: n + 1 }] : [],
            )
            const rejected = join(of.directory, folder, 'rejected.ndjson')
            const lines = settled.flatMap((one, n) =>
              one.status === 'rejected'
                ? [`${JSON.stringify({ change_from: n, answer: one.reason })}\n`]
                : [],
            )
            await writeFile(rejected, lines.join(''))
            known = await rememberSettled({
              ...place,
              run,
              changes: made.changes,
              removed: counts.removed,
              kept,
              accepted,
              rejected,
              folder,
              file: `${folder}/known.parquet`,
            })
            expect(sorted(await read(on, known))).toEqual(
              sorted(rememberRejections(keptByCore, settled, run)),
            )
            state = await of.fold(on, { state, ...made, accepted })
          }
        }),
        { numRuns: 30, examples: [[turnsToRejected, 1]] },
      ),
    )
    expect(asides).toBeGreaterThan(10)
    expect(coupled).toBeGreaterThan(0)
  })
})
