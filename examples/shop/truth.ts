import {
  type CustomerRow,
  crmLabel,
  customerRows,
  type Person,
  type ProfileFacts,
  personOf,
  profilesOf,
} from './person.ts'
import { lapsedAfterDays, type Order, ordersOf, spring, unsubscribed, vipCents } from './purchases.ts'
import { type Day, presenceOn } from './roles.ts'
import type { Shop } from './shop.ts'

/**
 * What must come out, told from the people alone: neither the models' SQL nor any of Muster's own code has a part in
 * it. Nobody shares an identifier with another person, so each is judged alone and the sums are the truth.
 */
export interface Truth {
  readonly run1: RunTruth
  readonly run2: RunTruth
  /** The sync spring-buyers, run once, on day 2, into an empty cohort. */
  readonly spring: RunTruth
}

export interface RunTruth {
  readonly rows: RowCounts
  /** With those asserted again. */
  readonly added: number
  readonly removed: number
  readonly unchanged: number
  readonly reasserted: number
  /** Fates of the ids that the run sends. */
  readonly import: FateCounts
  /** Profiles in the cohort after the run. */
  readonly members: number
  /** Of them, in the segment lapsed-vips-spain: who gets the campaign and enters the Canvas. */
  readonly inSegment: number
  /** Of those, the ones whom a message must greet without a first name. */
  readonly nameless: number
}

export interface RowCounts {
  read: number
  members: number
  null: number
  invalid: number
  duplicate: number
}

export interface FateCounts {
  ids: number
  added: number
  already_in: number
  removed: number
  not_in: number
  unknown: number
  device_of_identified: number
}

/** Computes what both runs of lapsed-vips and the run of spring-buyers must come to. */
export function truthOf(shop: Shop): Truth {
  const sums = { run1: noRun(), run2: noRun(), spring: noRun() }
  for (let number = 0; number < shop.people; number++) {
    const person = personOf(shop, number)
    const day1 = readRows(shop, { person, day: 1, model: isLapsedVip })
    const day2 = readRows(shop, { person, day: 2, model: isLapsedVip })
    const after1 = runFor(sums.run1, { person, day: 1, before: [], rows: day1, members: [] })
    runFor(sums.run2, { person, day: 2, before: day1.named, rows: day2, members: nextDay(person, after1) })
    const rows = readRows(shop, { person, day: 2, model: isSpringBuyer })
    runFor(sums.spring, { person, day: 2, before: [], rows, members: [] })
  }
  return sums
}

/** Adds up the fates of several runs, as the cohort's page does. */
export function sumOfFates(runs: readonly RunTruth[]): FateCounts {
  const sum = noFates()
  for (const run of runs) {
    for (const fate of Object.keys(sum) as (keyof FateCounts)[]) sum[fate] += run.import[fate]
  }
  return sum
}

/**
 * The cohort Lapsed VIPs after its first or second run: every member as people write a user, `C-1`, `alias:crm:CRM-1`
 * or `device:1`.
 */
export function* cohortMembers(shop: Shop, run: Day): Generator<string> {
  for (let number = 0; number < shop.people; number++) {
    const person = personOf(shop, number)
    const day1 = readRows(shop, { person, day: 1, model: isLapsedVip })
    const after1 = runFor(noRun(), { person, day: 1, before: [], rows: day1, members: [] })
    if (run === 1) {
      yield* after1.map(userText)
      continue
    }
    const rows = readRows(shop, { person, day: 2, model: isLapsedVip })
    const members = nextDay(person, after1)
    yield* runFor(noRun(), { person, day: 2, before: day1.named, rows, members }).map(userText)
  }
}

function userText({ externalId, crmId, deviceId }: ProfileFacts): string {
  return externalId ?? (crmId === null ? `device:${deviceId}` : `alias:${crmLabel}:${crmId}`)
}

type Model = (orders: readonly Order[], day: Day, row: CustomerRow) => boolean

function isLapsedVip(orders: readonly Order[], day: Day): boolean {
  const paid = orders.filter(({ status }) => status === 'paid')
  const cents = paid.reduce((sum, order) => sum + order.cents, 0)
  const lastOrder = Math.max(...paid.map((order) => order.day))
  return cents >= vipCents && day - 1 - lastOrder > lapsedAfterDays
}

function isSpringBuyer(orders: readonly Order[], _day: Day, row: CustomerRow): boolean {
  const isInSpring = ({ status, on }: Order): boolean =>
    status === 'paid' && on >= spring.from && on <= spring.to
  return orders.some(isInSpring) && !unsubscribed(row)
}

interface Handle {
  readonly kind: keyof ProfileFacts
  readonly value: string
}

/** A row that names somebody. */
interface NamedRow {
  readonly contactId: string
  readonly handle: Handle
}

interface ReadRows {
  readonly counts: RowCounts
  readonly named: readonly NamedRow[]
}

function readRows(shop: Shop, { person, day, model }: { person: Person; day: Day; model: Model }): ReadRows {
  const counts = noRows()
  const named: NamedRow[] = []
  for (const row of customerRows(shop, person, day)) {
    if (!model(ordersOf(row, person.role.buying, day), day, row)) continue
    counts.read++
    const handle = handleOf(row)
    if (handle === null) counts.null++
    else if (!isValid(handle.value)) counts.invalid++
    else {
      if (named.some((other) => isSame(other.handle, handle))) counts.duplicate++
      else counts.members++
      named.push({ contactId: row.contactId, handle })
    }
  }
  return { counts, named }
}

function handleOf(row: CustomerRow): Handle | null {
  const isThere = (value: string | null): value is string => value !== null && value.trim() !== ''
  if (isThere(row.customerId)) return { kind: 'externalId', value: row.customerId }
  if (isThere(row.crmId)) return { kind: 'crmId', value: row.crmId }
  return isThere(row.lastDeviceId) ? { kind: 'deviceId', value: row.lastDeviceId } : null
}

/** Braze takes ids of fewer than 988 bytes; the shop's only control character is the tab. */
function isValid(value: string): boolean {
  return Buffer.byteLength(value) < 988 && !value.includes('\t')
}

function isSame(a: Handle, b: Handle): boolean {
  return a.kind === b.kind && a.value === b.value
}

interface PersonRun {
  readonly person: Person
  readonly day: Day
  /** What the run before was sent. */
  readonly before: readonly NamedRow[]
  readonly rows: ReadRows
  /** The person's profiles in the cohort before the run. */
  readonly members: readonly ProfileFacts[]
}

/** Adds one person's part of a run to its sums; returns the person's profiles in the cohort after it. */
function runFor(sums: RunSums, { person, day, before, rows, members }: PersonRun): ProfileFacts[] {
  const sent = distinct(before)
  const desired = distinct(rows.named)
  const removed = sent.filter((id) => !desired.some((other) => isSame(id, other)))
  const added = desired.filter((id) => !sent.some((other) => isSame(id, other)))
  const movedRows = before
    .filter(({ handle }) => removed.some((id) => isSame(id, handle)))
    .map(({ contactId }) => contactId)
  const reasserted = distinct(rows.named.filter(({ contactId }) => movedRows.includes(contactId))).filter(
    (id) => sent.some((other) => isSame(id, other)),
  )
  const profiles = profilesOf(person, day)
  const after = new Set(profiles.filter((profile) => members.some((member) => isOneProfile(member, profile))))
  for (const id of removed) sums.import[takeOut(after, profiles, id)]++
  for (const id of [...added, ...reasserted]) sums.import[takeIn(after, profiles, id)]++

  for (const key of Object.keys(sums.rows) as (keyof RowCounts)[]) sums.rows[key] += rows.counts[key]
  sums.added += added.length + reasserted.length
  sums.removed += removed.length
  sums.unchanged += desired.length - added.length
  sums.reasserted += reasserted.length
  sums.import.ids += removed.length + added.length + reasserted.length
  sums.members += after.size
  if (isInSegment(person)) {
    sums.inSegment += after.size
    sums.nameless += [...after].filter((profile) => !hasFirstName(person, profile)).length
  }
  return [...after]
}

function distinct(rows: readonly NamedRow[]): Handle[] {
  const handles = rows.map(({ handle }) => handle)
  return handles.filter((handle, index) => handles.findIndex((other) => isSame(other, handle)) === index)
}

type Fate = Exclude<keyof FateCounts, 'ids'>

/** Braze's rules: a device finds anonymous people only, and nobody is ever created. */
function found(
  profiles: readonly ProfileFacts[],
  id: Handle,
): ProfileFacts | 'unknown' | 'device_of_identified' {
  const profile = profiles.find((candidate) => candidate[id.kind] === id.value)
  if (!profile) return 'unknown'
  return id.kind === 'deviceId' && profile.externalId !== null ? 'device_of_identified' : profile
}

function takeIn(members: Set<ProfileFacts>, profiles: readonly ProfileFacts[], id: Handle): Fate {
  const profile = found(profiles, id)
  if (typeof profile === 'string') return profile
  if (members.has(profile)) return 'already_in'
  members.add(profile)
  return 'added'
}

function takeOut(members: Set<ProfileFacts>, profiles: readonly ProfileFacts[], id: Handle): Fate {
  const profile = found(profiles, id)
  if (typeof profile === 'string') return profile
  return members.delete(profile) ? 'removed' : 'not_in'
}

/** The members of day 1 as the profiles of day 2: a visitor who logged in is the account's profile now. */
function nextDay(person: Person, members: readonly ProfileFacts[]): ProfileFacts[] {
  return profilesOf(person, 2).filter((profile) => members.some((member) => isOneProfile(member, profile)))
}

function isOneProfile(a: ProfileFacts, b: ProfileFacts): boolean {
  return (['externalId', 'crmId', 'deviceId'] as const).some(
    (kind) => a[kind] !== null && a[kind] === b[kind],
  )
}

/** segments/lapsed-vips-spain.yaml, but for the cohort. */
function isInSegment({ country, plan, newsletter }: Person): boolean {
  return country.code === 'ES' && (plan === 'gold' || newsletter)
}

/** A visitor gives no name, and one who logs in without having had an account is not asked for it. */
function hasFirstName({ firstName, role }: Person, { externalId, crmId }: ProfileFacts): boolean {
  if (firstName === null) return false
  const atFirst = presenceOn(role, 1)
  return externalId === null ? crmId !== null : atFirst !== 'anonymous' && atFirst !== 'identified_on_device'
}

type RunSums = { -readonly [Key in keyof RunTruth]: RunTruth[Key] }

function noRun(): RunSums {
  const counts = { added: 0, removed: 0, unchanged: 0, reasserted: 0, members: 0, inSegment: 0, nameless: 0 }
  return { ...counts, rows: noRows(), import: noFates() }
}

function noRows(): RowCounts {
  return { read: 0, members: 0, null: 0, invalid: 0, duplicate: 0 }
}

function noFates(): FateCounts {
  return { ids: 0, added: 0, already_in: 0, removed: 0, not_in: 0, unknown: 0, device_of_identified: 0 }
}
