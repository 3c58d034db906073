import type { CustomerRow } from './person.ts'
import type { Buying, Day } from './roles.ts'

/** The shop's today on day 1, as days since 1970; day 2 is the day after. */
const firstDay = Date.parse('2026-09-01T00:00:00Z') / 86_400_000

/** What makes a VIP, in cents, and what lapsed: the models say the same in SQL. */
export const vipCents = 50_000
export const lapsedAfterDays = 90
export const spring = { from: '2026-03-01', to: '2026-05-31' } as const

export interface Order {
  readonly number: number
  /** ISO date. */
  readonly on: string
  /** Days before (negative) or after day 1. */
  readonly day: number
  readonly cents: number
  readonly status: 'paid' | 'refunded'
}

export interface ShopEvent {
  readonly name: 'visited' | 'newsletter_opened' | 'unsubscribed'
  readonly at: string
}

/** Takes a customer row and how its person buys; returns the row's orders up to a day. */
export function ordersOf(row: CustomerRow, buying: Buying, day: Day): Order[] {
  const orders: Order[] = []
  const order = (on: number, cents: number, status: Order['status'] = 'paid'): void => {
    orders.push({ number: orders.length, on: dateText(on), day: on, cents, status })
  }
  const { chance } = row
  const muchMoney = chance.happens('spends the threshold', 3)
    ? vipCents
    : vipCents + chance.below('spend', 150_000)
  const longAgo = -(lapsedAfterDays + 1 + chance.below('last order', 310))
  const spread = (last: number, cents: number): void => {
    const count = 1 + chance.below('orders', 3)
    const share = Math.floor(cents / count)
    for (let i = 1; i < count; i++) order(last - i * (1 + chance.below('days between', 60)), share)
    order(last, cents - share * (count - 1))
  }
  if (buying === 'active') {
    const kind = chance.below('kind of active', 4)
    if (kind === 0)
      spread(longAgo, chance.happens('just below', 10) ? vipCents - 1 : chance.below('little', vipCents))
    else if (kind === 1) {
      order(longAgo, muchMoney, 'refunded')
      order(longAgo, 2_500)
    } else spread(-chance.below('days since', lapsedAfterDays), muchMoney)
    return orders
  }
  spread(buying === 'lapses' ? -lapsedAfterDays : longAgo, muchMoney)
  if (chance.happens('sends one back', 8)) order(-1 - chance.below('sent back', 60), vipCents, 'refunded')
  if (buying === 'returns' && day === 2) order(1, 1_000 + chance.below('return spend', 20_000))
  return orders
}

/** What the row's person did in the shop, oldest first. */
export function eventsOf(row: CustomerRow): ShopEvent[] {
  const { chance } = row
  const at = (topic: string, sinceDays: number): string =>
    `${dateText(-1 - chance.below(topic, sinceDays))} ${String(8 + chance.below(`${topic} hour`, 12)).padStart(2, '0')}:30:00`
  const events: ShopEvent[] = []
  if (chance.happens('visits', 60)) events.push({ name: 'visited', at: at('visit', 400) })
  if (chance.happens('opens', 40)) events.push({ name: 'newsletter_opened', at: at('open', 200) })
  if (unsubscribed(row)) events.push({ name: 'unsubscribed', at: at('unsubscribe', 60) })
  return events.sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** The shop's today. */
export function todayOn(day: Day): string {
  return dateText(day - 1)
}

const dates = new Map<number, string>()

/** Takes days before or after day 1; each date is written once, for orders are many. */
export function dateText(day: number): string {
  let text = dates.get(day)
  if (text === undefined) {
    text = new Date((firstDay + day) * 86_400_000).toISOString().slice(0, 10)
    dates.set(day, text)
  }
  return text
}

export function unsubscribed({ chance }: CustomerRow): boolean {
  return chance.happens('unsubscribes', 4)
}
