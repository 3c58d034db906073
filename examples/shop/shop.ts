import { invalid } from '@muster/core/lib/error.ts'
import { knownBy, type RoleName, roleOf, roles } from './roles.ts'

export interface ShopOptions {
  /** How many identifiers the first run adds: the roles are cast so that it is exactly this number. */
  readonly members: number
  readonly seed?: number
}

/** A shop of a size: its people are numbered from 0 to `people`, and each number has its role. */
export interface Shop {
  readonly seed: number
  readonly members: number
  readonly people: number
  readonly cast: readonly CastEntry[]
}

export interface CastEntry {
  readonly role: RoleName
  /** The numbers of its people: from `first`, `count` of them. */
  readonly first: number
  readonly count: number
}

const fewestMembers = 50
export const mostMembers = 10_000_000

/**
 * Casts the roles: each has at least one person, and the first run has exactly `members` identifiers.
 * Throws `invalid` for a size outside `fewestMembers`…`mostMembers`.
 */
export function openShop({ members, seed = 1 }: ShopOptions): Shop {
  if (!Number.isInteger(members) || members < fewestMembers || members > mostMembers) {
    throw invalid('bad_shop_size', `a shop of ${members} members cannot be made`, {
      hint: `Choose a whole number from ${fewestMembers} to ${mostMembers}.`,
    })
  }
  const cast: CastEntry[] = []
  let first = 0
  let left = members
  for (const role of roleNames()) {
    const count = role === 'customer' ? left : Math.max(1, Math.floor((members * roleOf(role).percent) / 100))
    cast.push({ role, first, count })
    first += count
    left -= count * identifiersOnDay1(role)
  }
  return { seed, members, people: first, cast }
}

/** Takes a person's number; returns the entry of the cast that holds it. */
export function castingOf(shop: Shop, number: number): CastEntry {
  let low = 0
  let high = shop.cast.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((shop.cast[middle]?.first ?? 0) <= number) low = middle
    else high = middle - 1
  }
  const entry = shop.cast[low]
  if (!entry) throw new RangeError(`the shop has nobody with number ${number}`)
  return entry
}

/**
 * Every person's number once, in an order of its own for each `round`: steps of a stride that shares no factor with
 * the number of people.
 */
export function* shuffledNumbers(shop: Shop, round: number): Generator<number> {
  let stride = Math.floor(shop.people * (round % 2 === 1 ? 0.618 : 0.382)) | 1
  while (greatestCommonDivisor(stride, shop.people) !== 1) stride += 2
  let at = (shop.seed + round) % shop.people
  for (let i = 0; i < shop.people; i++) {
    yield at
    at = (at + stride) % shop.people
  }
}

function roleNames(): RoleName[] {
  return Object.keys(roles) as RoleName[]
}

function identifiersOnDay1(name: RoleName): number {
  const role = roleOf(name)
  const isInModel = role.buying === 'lapsed' || role.buying === 'returns'
  if (!isInModel || !namesSomebody(knownBy(role, 1))) return 0
  return role.also !== undefined && role.also !== knownBy(role, 1) ? 2 : 1
}

function namesSomebody(known: ReturnType<typeof knownBy>): boolean {
  return known === 'customer_id' || known === 'crm_id' || known === 'device'
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
