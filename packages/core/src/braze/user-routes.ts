import { z } from 'zod'
import { Json } from '../lib/json.ts'
import { userLimits } from './limits.ts'
import { type BrazeRouteTable, Id, idBelow, Problem, Success, Text, UserAlias } from './route.ts'

const UserId = idBelow(userLimits.externalIdBytes)

/** One of these names the user; where there are several, the first in this order. */
const UserKeys = {
  external_id: UserId.optional(),
  braze_id: Text.optional(),
  user_alias: UserAlias.optional(),
  email: z.email().optional(),
  phone: UserId.optional(),
  _update_existing_only: z.boolean().optional(),
}

const userNames = ['external_id', 'braze_id', 'user_alias', 'email', 'phone']
const hasUser = (object: { readonly [name: string]: unknown }): boolean =>
  userNames.some((name) => (object[name] ?? null) !== null)

const Time = z.iso
  .datetime({ offset: true, local: true })
  .describe('ISO-8601; a time in the future counts as now.')
const Properties = z.record(Text, Json).optional()

const Attributes = z
  .looseObject({
    ...UserKeys,
    email: z.email().nullish(),
    phone: UserId.nullish(),
    first_name: Text.nullish(),
    last_name: Text.nullish(),
    country: Text.nullish(),
    language: Text.nullish(),
  })
  .refine(hasUser)
  .describe('Any other name is a custom attribute; null removes.')

const Event = z
  .looseObject({ ...UserKeys, name: Id, time: Time, app_id: Text.optional(), properties: Properties })
  .refine(hasUser)

const Purchase = z
  .looseObject({
    ...UserKeys,
    product_id: Id,
    currency: z.string().regex(/^[A-Za-z]{3}$/),
    price: z.number(),
    quantity: z.int().min(1).max(100).optional(),
    time: Time,
    app_id: Text.optional(),
    properties: Properties,
  })
  .refine(hasUser)

export const TrackBody = z
  .looseObject({
    attributes: z.array(Attributes).optional(),
    events: z.array(Event).optional(),
    purchases: z.array(Purchase).optional(),
  })
  .refine(
    ({ attributes = [], events = [], purchases = [] }) =>
      attributes.length + events.length + purchases.length <= userLimits.trackObjects,
  )
  .describe('At most 75 objects over the three arrays.')

export const AliasBody = z.looseObject({
  user_aliases: z
    .array(z.looseObject({ external_id: UserId.nullish(), alias_label: UserId, alias_name: UserId }))
    .min(1)
    .max(userLimits.aliasesPerRequest),
})

const Session = z.looseObject({
  device_id: UserId,
  user_id: UserId.nullish(),
  attributes: z.record(Text, z.union([Text, z.number(), z.boolean(), z.null()])).optional(),
})

export const SessionBody = z.union([
  z.looseObject({ sessions: z.array(Session).max(userLimits.sessionsPerRequest) }),
  Session,
])

/** Braze's user endpoints, and the SDK endpoint, which is Muster's own. */
export const userRoutes = {
  trackUsers: {
    method: 'POST',
    path: '/users/track',
    summary: 'Record attributes, events and purchases of users',
    access: 'rest_key',
    body: TrackBody,
    status: 201,
    response: Success.extend({
      attributes_processed: z.int().optional(),
      events_processed: z.int().optional(),
      purchases_processed: z.int().optional(),
      errors: z.array(Problem).optional(),
    }),
  },
  addAliases: {
    method: 'POST',
    path: '/users/alias/new',
    summary: 'Give users aliases, or make users known only by one',
    access: 'rest_key',
    body: AliasBody,
    status: 201,
    response: Success.extend({ aliases_processed: z.int(), errors: z.array(Problem).optional() }),
  },
  openSessions: {
    method: 'POST',
    path: '/sdk/session',
    summary: 'Tell of sessions of devices (Muster’s own: what an app’s SDK does)',
    access: 'rest_key',
    body: SessionBody,
    status: 201,
    response: Success.extend({ sessions_processed: z.int(), braze_ids: z.array(z.string()) }),
  },
} satisfies BrazeRouteTable
