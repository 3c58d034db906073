import { z } from 'zod'
import type { ChangeOperation } from './batch.ts'
import type { CanaryChoice } from './canary.ts'
import { type Identifier, identifierKey } from './identifier.ts'
import type { Member } from './member.ts'

/**
 * How often in a row a sync tries a change that the destination rejects for itself. After `tries` runs it is set aside: it is
 * sent no more until somebody asks, everything is sent once more, or the model gives it otherwise.
 */
export const RejectedPolicy = z.strictObject({ tries: z.int().min(1).max(1_000_000) })
export type RejectedPolicy = z.output<typeof RejectedPolicy>

/** A change that was rejected in each of the last `tries` runs that the destination has answered it in. */
export interface Rejection extends Member {
  readonly operation: ChangeOperation
  readonly tries: number
  /** The last answer. */
  readonly reason: string
  readonly firstRun: number
  readonly lastRun: number
}

/** How many changes of a comparison are not sent, because they were rejected again and again. */
export interface SetAside {
  readonly removed: number
  readonly added: number
  /** Removals of an identifier whose row stands now under an addition that is set aside: without them nobody ends outside. */
  readonly coupled: number
}

export const noneSetAside: SetAside = { removed: 0, added: 0, coupled: 0 }

/** True where a rejection has used up its tries; without a policy none ever does. */
export function isSetAside({ tries }: Pick<Rejection, 'tries'>, policy: RejectedPolicy | undefined): boolean {
  return policy !== undefined && tries >= policy.tries
}

/** The changes as far as setting aside goes by them: those of each operation by their places. */
interface Changed {
  readonly removed: readonly Member[]
  readonly added: readonly Member[]
}

/**
 * What is still known of the rejections of a sync once a comparison has found new changes: those that it found again, given by
 * the same row. The others are forgotten: who was accepted, has left the model, or comes by another row.
 */
export function keepRejections(known: readonly Rejection[], { removed, added }: Changed): Rejection[] {
  const key = ({ operation, identifier, rowKey }: Rejection): string =>
    JSON.stringify([operation, identifierKey(identifier), rowKey])
  const found = new Set(
    [
      ...removed.map((one) => ({ ...one, operation: 'remove' as const })),
      ...added.map((one) => ({ ...one, operation: 'add' as const })),
    ].map((one) => key({ ...one, tries: 0, reason: '', firstRun: 0, lastRun: 0 })),
  )
  return known.filter((one) => found.has(key(one)))
}

/**
 * The places of the changes that go when some are set aside (design §3.4):
 * - a removal stays behind as well when its row stands under an addition that is set aside: the person would end outside;
 * - what is asserted again goes only for a removal that goes.
 */
export function withoutSetAside(
  { removed, added, fresh, couples }: CanaryChoice,
  aside: { readonly removed: ReadonlySet<number>; readonly added: ReadonlySet<number> },
): { readonly removed: readonly number[]; readonly added: readonly number[]; readonly coupled: number } {
  const places = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
  const bound = new Set(couples.filter((one) => aside.added.has(one.added)).map((one) => one.removed))
  const going = places(removed).filter((n) => !aside.removed.has(n) && !bound.has(n))
  const goes = new Set(going)
  const needed = new Set(couples.filter((one) => goes.has(one.removed)).map((one) => one.added))
  return {
    removed: going,
    added: places(added).filter((n) => !aside.added.has(n) && (n < fresh || needed.has(n))),
    coupled: [...bound].filter((n) => !aside.removed.has(n)).length,
  }
}

/** What a run has told of a change: pending ones tell nothing. */
export interface SettledChange extends Member {
  readonly operation: ChangeOperation
  readonly status: 'accepted' | 'rejected'
  readonly reason: string
}

/** The rejections after a run: one that was accepted is forgotten, one that was rejected has had one more try. */
export function rememberRejections(
  kept: readonly Rejection[],
  settled: readonly SettledChange[],
  run: number,
): Rejection[] {
  const key = (one: { operation: ChangeOperation; identifier: Identifier }): string =>
    `${one.operation} ${identifierKey(one.identifier)}`
  const before = new Map(kept.map((one) => [key(one), one]))
  const told = new Set(settled.map(key))
  const rejected = settled.flatMap((one): Rejection[] => {
    if (one.status === 'accepted') return []
    const { operation, identifier, rowKey, reason } = one
    const known = before.get(key(one))
    const same = known?.rowKey === rowKey ? known : undefined
    const tries = (same?.tries ?? 0) + 1
    return [{ operation, identifier, rowKey, reason, tries, firstRun: same?.firstRun ?? run, lastRun: run }]
  })
  return [...kept.filter((one) => !told.has(key(one))), ...rejected]
}
