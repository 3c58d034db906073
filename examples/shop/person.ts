import { userLimits } from '@muster/core/braze/limits.ts'
import { type Chance, chanceOf, scramble } from './chance.ts'
import { asMailbox, type Country, countries } from './names.ts'
import { type Day, knownBy, presenceOn, type Role, type RoleName, roleOf } from './roles.ts'
import { castingOf, type Shop } from './shop.ts'

/** A person of the shop: everything follows from the shop's seed and the number. */
export interface Person {
  readonly number: number
  readonly roleName: RoleName
  readonly role: Role
  readonly chance: Chance
  readonly names: PersonNames
  /** Missing for some, so that a message needs its default. */
  readonly firstName: string | null
  readonly lastName: string
  readonly email: string
  readonly country: Country
  readonly plan: Plan
  readonly newsletter: boolean
  readonly points: number
}

export type Plan = 'free' | 'silver' | 'gold'

/** Every name by which the person may come to be known. */
export interface PersonNames {
  readonly customerId: string
  readonly crmId: string
  readonly deviceId: string
}

/** The label of the CRM's alias at the engagement half. */
export const crmLabel = 'crm'

const plans = ['free', 'free', 'silver', 'gold'] as const

export function personOf(shop: Shop, number: number): Person {
  const { role: roleName, first } = castingOf(shop, number)
  const chance = chanceOf(shop.seed, number)
  const code = codeOf(shop.seed, number)
  const country = chance.pick('country', countries)
  const firstName = chance.pick('first name', country.firstNames)
  const lastName = chance.pick('last name', country.lastNames)
  const person: Person = {
    number,
    roleName,
    role: roleOf(roleName),
    chance,
    names: { customerId: `C-${code}`, crmId: `CRM-${code}`, deviceId: deviceIdOf(shop.seed, number) },
    firstName: chance.happens('has no first name', 8) ? null : firstName,
    lastName,
    email: `${[asMailbox(firstName), asMailbox(lastName), code].filter((part) => part !== '').join('.')}@example.com`,
    country,
    plan: chance.pick('plan', plans),
    newsletter: chance.happens('newsletter', 40),
    points: chance.below('points', 5_000),
  }
  return isFollowed(roleName) && number === first ? asFollowed(person) : person
}

/** The first customer and the first visitor are in the segment: even the smallest shop has somebody to follow. */
function isFollowed(roleName: RoleName): boolean {
  return roleName === 'customer' || roleName === 'visitor'
}

function asFollowed(person: Person): Person {
  const [country] = countries
  return {
    ...person,
    country,
    plan: 'gold',
    firstName: country.firstNames[0],
    lastName: country.lastNames[0],
  }
}

/** Somebody who is identified, is added by the first run, stays, and stands in the segment. */
export function guideOf(shop: Shop): Person {
  const entry = shop.cast.find(({ role }) => role === 'customer')
  return personOf(shop, entry?.first ?? 0)
}

/** A row of the warehouse's `customers`, with the device that it was last seen on. */
export interface CustomerRow {
  readonly contactId: string
  readonly customerId: string | null
  readonly crmId: string | null
  readonly lastDeviceId: string | null
  /** What the row's other facts are drawn from. */
  readonly chance: Chance
}

/** The customer rows of a person on a day: none, one or two. */
export function customerRows(shop: Shop, person: Person, day: Day): CustomerRow[] {
  const { role } = person
  if (role.buying === 'not_in_warehouse') return []
  const known = [knownBy(role, day), ...(role.also === undefined ? [] : [role.also])]
  return known.map((by, slot) => {
    const number = shop.people * slot + person.number
    return {
      contactId: `contact-${codeOf(shop.seed + 1, number)}`,
      chance: chanceOf(shop.seed + 1, number),
      ...namesInRow(person, by),
    }
  })
}

/** `customer_id` goes before `crm_id` before the device, so a row may have the later ones beside its own. */
function namesInRow(
  { role, names, chance, number }: Person,
  by: ReturnType<typeof knownBy>,
): Pick<CustomerRow, 'customerId' | 'crmId' | 'lastDeviceId'> {
  const wasOn = (known: string): boolean => knownBy(role, 1) === known
  const crmId = wasOn('crm_id') || chance.happens('is in the CRM', 60) ? names.crmId : null
  const device = wasOn('device') || chance.happens('has a device', 40) ? names.deviceId : null
  switch (by) {
    case 'customer_id':
      return { customerId: names.customerId, crmId, lastDeviceId: device }
    case 'crm_id':
      return { customerId: null, crmId: names.crmId, lastDeviceId: device }
    case 'device':
      return { customerId: null, crmId: null, lastDeviceId: names.deviceId }
    case 'nothing':
      return number % 2 === 0
        ? { customerId: null, crmId: null, lastDeviceId: null }
        : { customerId: '   ', crmId: '', lastDeviceId: null }
    case 'too_long':
      return { customerId: tooLong(names.customerId), crmId, lastDeviceId: device }
    case 'control_character':
      return { customerId: `${names.customerId}\t`, crmId, lastDeviceId: device }
  }
}

/** `ñ` is two bytes: the id has exactly as many bytes as Braze refuses, at half as many characters. */
function tooLong(id: string): string {
  return `${id}-${'ñ'.repeat(Math.floor((userLimits.externalIdBytes - id.length) / 2))}`
}

/** A profile of the engagement half. */
export interface ProfileFacts {
  readonly externalId: string | null
  readonly crmId: string | null
  readonly deviceId: string | null
}

/** The profiles of a person on a day: none, one or two. */
export function profilesOf({ role, names }: Person, day: Day): ProfileFacts[] {
  const account = { externalId: names.customerId, crmId: null, deviceId: null }
  const visitor = { externalId: null, crmId: null, deviceId: names.deviceId }
  switch (presenceOn(role, day)) {
    case 'absent':
      return []
    case 'identified':
      return [account]
    case 'identified_with_alias':
      return [{ ...account, crmId: names.crmId }]
    case 'alias_only':
      return [{ externalId: null, crmId: names.crmId, deviceId: null }]
    case 'anonymous':
      return [visitor]
    case 'identified_on_device':
      return [{ ...account, deviceId: names.deviceId }]
    case 'identified_and_anonymous':
      return [account, visitor]
  }
}

function codeOf(seed: number, number: number): string {
  return scramble(seed, number).toString(36).padStart(7, '0')
}

/** A UUID whose first group makes it unique. */
function deviceIdOf(seed: number, number: number): string {
  const hex = (word: number): string => word.toString(16).padStart(8, '0')
  const head = hex(scramble(seed, number))
  const [a, b, c] = [1, 2, 3].map((round) => hex(scramble(seed + round, number))) as [string, string, string]
  return `${head}-${a.slice(0, 4)}-4${a.slice(5)}-8${b.slice(0, 3)}-${b.slice(3, 7)}${c}`
}
