import { userLimits } from '@muster/core/braze/limits.ts'
import { crmLabel, type Person, personOf } from './person.ts'
import { type Day, type Presence, presenceOn, type Role, roleOf } from './roles.ts'
import type { Shop } from './shop.ts'

/** A request of the engagement half's public API; all are POSTs and safe to repeat. */
export interface ShopRequest {
  readonly path: '/users/track' | '/users/alias/new' | '/sdk/session'
  readonly body: object
}

/** Requests of one stage may be sent at once and in any order; the stages one after the other. */
export interface ProfileStage {
  readonly title: string
  readonly requests: Iterable<ShopRequest>
}

const sessionsPerRequest = 1_000

/** What brings the engagement half to the people it has on day 1, or from there to those of day 2. */
export function profileStages(shop: Shop, day: Day): ProfileStage[] {
  return day === 1 ? peopleOfDay1(shop) : changesOfDay2(shop)
}

function peopleOfDay1(shop: Shop): ProfileStage[] {
  const is =
    (...presences: readonly Presence[]): Choice =>
    (role) =>
      presences.includes(presenceOn(role, 1))
  return [
    {
      title: 'accounts',
      requests: track(shop, is('identified', 'identified_with_alias', 'identified_and_anonymous'), byAccount),
    },
    { title: 'aliases', requests: aliases(shop, is('identified_with_alias', 'alias_only')) },
    { title: 'attributes of contacts without an account', requests: track(shop, is('alias_only'), byAlias) },
    {
      title: 'visitors',
      requests: sessions(
        shop,
        is('anonymous', 'identified_on_device', 'identified_and_anonymous'),
        (person) => ({
          device_id: person.names.deviceId,
          attributes: attributesOfVisitor(person),
        }),
      ),
    },
    { title: 'log-ins', requests: logIns(shop, is('identified_on_device')) },
  ]
}

function changesOfDay2(shop: Shop): ProfileStage[] {
  const changes = (role: Role): boolean => presenceOn(role, 1) !== presenceOn(role, 2)
  const wasAbsent = (role: Role): boolean => presenceOn(role, 1) === 'absent'
  return [
    { title: 'new accounts', requests: track(shop, (role) => changes(role) && wasAbsent(role), byAccount) },
    { title: 'log-ins', requests: logIns(shop, (role) => changes(role) && !wasAbsent(role)) },
  ]
}

/** Whoever plays one role stands alike at the engagement half, so roles are chosen, not people. */
type Choice = (role: Role) => boolean

type Address = (person: Person) => object
const byAccount: Address = ({ names }) => ({ external_id: names.customerId })
const byAlias: Address = ({ names }) => ({ user_alias: { alias_label: crmLabel, alias_name: names.crmId } })

function track(shop: Shop, choice: Choice, address: Address): Iterable<ShopRequest> {
  return inRequests(shop, choice, {
    size: userLimits.trackObjects,
    item: (person) => ({ ...address(person), ...attributesOf(person) }),
    request: (attributes) => ({ path: '/users/track', body: { attributes } }),
  })
}

function aliases(shop: Shop, choice: Choice): Iterable<ShopRequest> {
  return inRequests(shop, choice, {
    size: userLimits.aliasesPerRequest,
    item: (person) => ({
      ...(presenceOn(person.role, 1) === 'identified_with_alias' ? byAccount(person) : {}),
      alias_label: crmLabel,
      alias_name: person.names.crmId,
    }),
    request: (user_aliases) => ({ path: '/users/alias/new', body: { user_aliases } }),
  })
}

function sessions(shop: Shop, choice: Choice, item: (person: Person) => object): Iterable<ShopRequest> {
  return inRequests(shop, choice, {
    size: sessionsPerRequest,
    item,
    request: (all) => ({ path: '/sdk/session', body: { sessions: all } }),
  })
}

function logIns(shop: Shop, choice: Choice): Iterable<ShopRequest> {
  return sessions(shop, choice, ({ names }) => ({ device_id: names.deviceId, user_id: names.customerId }))
}

interface Batching {
  readonly size: number
  readonly item: (person: Person) => object
  readonly request: (items: readonly object[]) => ShopRequest
}

function* inRequests(shop: Shop, choice: Choice, { size, item, request }: Batching): Generator<ShopRequest> {
  let items: object[] = []
  for (const { role, first, count } of shop.cast) {
    if (!choice(roleOf(role))) continue
    for (let i = 0; i < count; i++) {
      items.push(item(personOf(shop, first + i)))
      if (items.length === size) {
        yield request(items)
        items = []
      }
    }
  }
  if (items.length > 0) yield request(items)
}

function attributesOf(person: Person): object {
  return {
    ...(person.firstName === null ? {} : { first_name: person.firstName }),
    last_name: person.lastName,
    email: person.email,
    language: person.country.language,
    ...attributesOfVisitor(person),
  }
}

/** What is known of somebody who never gave a name. */
function attributesOfVisitor({ country, plan, newsletter, points }: Person): object {
  return { country: country.code, plan, newsletter, points }
}
