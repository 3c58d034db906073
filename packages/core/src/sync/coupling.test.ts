import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseCanary } from './canary.ts'
import { couplesOf } from './coupling.ts'
import { type Changes, diff } from './diff.ts'
import { identifierKey } from './identifier.ts'
import type { Member } from './member.ts'
import { goingPart, type WaitingPart } from './part.ts'

const rows = fc.uniqueArray(
  fc.record({
    rowKey: fc.integer({ min: 1, max: 7 }).map(String),
    identifier: fc.constantFrom(...'abcdefg').map((value) => ({ kind: 'external_id', value }) as const),
  }),
  { selector: ({ rowKey }) => rowKey, maxLength: 7 },
)
/** Each is named by one row. */
const alone = rows.map((all) => [...new Map(all.map((row) => [row.identifier.value, row])).values()])

/** Each identifier once, under the least key of the rows that name it. */
function membersIn(named: readonly Member[]): Member[] {
  return [...Map.groupBy(named, (row) => identifierKey(row.identifier)).values()].flatMap((same) =>
    same.sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1)).slice(0, 1),
  )
}

/** The far end: a row is a person, known by every identifier that the row ever had. A removal by any of them drops the person. */
class FarEnd {
  readonly #knownBy = new Map<string, Set<string>>()
  readonly inside = new Set<string>()
  know(named: readonly Member[]): void {
    for (const { identifier, rowKey } of named) {
      const key = identifierKey(identifier)
      this.#knownBy.set(key, (this.#knownBy.get(key) ?? new Set()).add(rowKey))
    }
  }
  send({ removed, added }: { removed: readonly Member[]; added: readonly Member[] }): void {
    for (const one of removed) for (const who of this.#of(one)) this.inside.delete(who)
    for (const one of added) for (const who of this.#of(one)) this.inside.add(who)
  }
  #of({ identifier }: Member): Iterable<string> {
    return this.#knownBy.get(identifierKey(identifier)) ?? []
  }
}

/** What comes of some changes: the state, and who is inside. */
function fold(
  state: readonly Member[],
  sent: { readonly removed: readonly Member[]; readonly added: readonly Member[] },
): Member[] {
  const after = new Map(state.map((one) => [identifierKey(one.identifier), one]))
  for (const one of sent.removed) after.delete(identifierKey(one.identifier))
  for (const one of sent.added) after.set(identifierKey(one.identifier), one)
  return [...after.values()]
}

describe('what a canary tries', () => {
  it('leaves nobody outside who was inside and whose row still stands, whether the run goes on, or a later plan does', () => {
    fc.assert(
      fc.property(alone, rows, fc.integer({ min: 1, max: 3 }), fc.boolean(), (before, now, first, goesOn) => {
        const changes = diff(before, membersIn(now), now)
        const fresh = changes.added.length - changes.reasserted
        const couples = couplesOf(changes, now)
        const many = { removed: changes.removed.length, added: changes.added.length, fresh }
        const chosen = chooseCanary({ ...many, couples }, first)
        const part = (isTried: boolean) => ({
          removed: changes.removed.filter((_, n) => chosen.removed.includes(n) === isTried),
          added: changes.added.filter((_, n) => chosen.added.includes(n) === isTried),
        })
        const far = new FarEnd()
        for (const named of [before, now]) far.know(named)
        far.send({ removed: [], added: before })
        const was = new Set(far.inside)
        far.send(part(true))
        for (const { rowKey } of now) if (was.has(rowKey)) expect(far.inside).toContain(rowKey)
        far.send(goesOn ? part(false) : diff(fold(before, part(true)), membersIn(now), now))
        for (const { rowKey } of now) expect(far.inside).toContain(rowKey)
      }),
      { numRuns: 2_000 },
    )
  })
})

const part = fc.constantFrom<WaitingPart>('removals', 'additions')

describe('what goes while a part waits', () => {
  const going = (changes: Changes, now: readonly Member[], waits: WaitingPart) => {
    const { removed, added, reasserted } = changes
    const couples = couplesOf(changes, now)
    const fresh = added.length - reasserted
    const chosen = goingPart({ removed: removed.length, added: added.length, fresh, couples }, waits)
    const isChosen = (places: readonly number[]) => (_: Member, n: number) => places.includes(n)
    return {
      removed: removed.filter(isChosen(chosen.removed)),
      added: added.filter(isChosen(chosen.added)),
      fresh,
    }
  }
  it('is nothing of what waits', () => {
    fc.assert(
      fc.property(alone, rows, part, (before, now, waits) => {
        const changes = diff(before, membersIn(now), now)
        const { removed, added, fresh } = going(changes, now, waits)
        if (waits === 'removals') expect(removed).toEqual([])
        else expect(added.every((one) => changes.added.indexOf(one) >= fresh)).toBe(true)
      }),
    )
  })

  it('leaves nobody outside who was inside and whose row still stands, nor does the plan that releases the rest', () => {
    fc.assert(
      fc.property(alone, rows, part, (before, now, waits) => {
        const far = new FarEnd()
        for (const named of [before, now]) far.know(named)
        far.send({ removed: [], added: before })
        const was = new Set(far.inside)
        const sent = going(diff(before, membersIn(now), now), now, waits)
        far.send(sent)
        for (const { rowKey } of now) if (was.has(rowKey)) expect(far.inside).toContain(rowKey)
        const state = fold(before, sent)
        far.send(diff(state, membersIn(now), now))
        for (const { rowKey } of now) expect(far.inside).toContain(rowKey)
      }),
      { numRuns: 2_000 },
    )
  })
})
