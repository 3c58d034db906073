import type { ProfileIdentifier } from '@muster/core/engage/identity.ts'
import type { Json } from '@muster/core/lib/json.ts'
import { z } from 'zod'
import type { ShopRequest } from '../../examples/shop/profiles.ts'

/**
 * A small engagement half for the shop's own test: profiles as the requests make them, by Braze's lifecycle
 * (reference braze.md B.2). It knows no cohort.
 */
export interface Town {
  readonly residents: Map<number, Resident>
  readonly byName: Map<string, Resident>
  /** An anonymous profile that went into an account, to the account. */
  readonly movedTo: Map<number, number>
}

export interface Resident {
  readonly id: number
  externalId: string | null
  crmId: string | null
  deviceId: string | null
  attributes: { [name: string]: Json }
}

const Attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const Track = z.object({
  attributes: z
    .array(
      z
        .object({
          external_id: z.string().optional(),
          user_alias: z.object({ alias_name: z.string() }).optional(),
        })
        .catchall(z.union([z.string(), z.number(), z.boolean()])),
    )
    .max(75),
})
const Aliases = z.object({
  user_aliases: z
    .array(
      z.strictObject({
        external_id: z.string().optional(),
        alias_label: z.literal('crm'),
        alias_name: z.string(),
      }),
    )
    .max(50),
})
const Sessions = z.object({
  sessions: z
    .array(
      z.strictObject({
        device_id: z.string(),
        user_id: z.string().optional(),
        attributes: Attributes.optional(),
      }),
    )
    .max(1_000),
})

export function emptyTown(): Town {
  return { residents: new Map(), byName: new Map(), movedTo: new Map() }
}

export function receive(town: Town, { path, body }: ShopRequest): void {
  switch (path) {
    case '/users/track':
      for (const { external_id, user_alias, ...attributes } of Track.parse(body).attributes) {
        const known =
          external_id === undefined ? `alias ${user_alias?.alias_name}` : `external_id ${external_id}`
        const one =
          town.byName.get(known) ??
          (external_id === undefined ? undefined : settle(town, { externalId: external_id }))
        if (one) Object.assign(one.attributes, attributes)
      }
      return
    case '/users/alias/new':
      for (const { external_id, alias_name } of Aliases.parse(body).user_aliases) {
        if (external_id === undefined) settle(town, { crmId: alias_name })
        else name(town, town.byName.get(`external_id ${external_id}`), { crmId: alias_name })
      }
      return
    case '/sdk/session':
      for (const { device_id, user_id, attributes } of Sessions.parse(body).sessions) {
        const visitor = town.byName.get(`device_id ${device_id}`) ?? settle(town, { deviceId: device_id })
        Object.assign(visitor.attributes, attributes)
        if (user_id !== undefined) logIn(town, visitor, user_id)
      }
  }
}

function logIn(town: Town, visitor: Resident, userId: string): void {
  const account = town.byName.get(`external_id ${userId}`)
  if (!account) {
    name(town, visitor, { externalId: userId })
    return
  }
  account.attributes = { ...visitor.attributes, ...account.attributes }
  name(town, account, { deviceId: visitor.deviceId })
  town.residents.delete(visitor.id)
  town.movedTo.set(visitor.id, account.id)
}

type Names = Partial<Pick<Resident, 'externalId' | 'crmId' | 'deviceId'>>

function settle(town: Town, names: Names): Resident {
  const id = town.residents.size + town.movedTo.size + 1
  const one: Resident = { id, externalId: null, crmId: null, deviceId: null, attributes: {} }
  town.residents.set(id, one)
  name(town, one, names)
  return one
}

function name(town: Town, one: Resident | undefined, names: Names): void {
  if (!one) return
  Object.assign(one, names)
  if (one.externalId !== null) town.byName.set(`external_id ${one.externalId}`, one)
  if (one.crmId !== null) town.byName.set(`alias ${one.crmId}`, one)
  if (one.deviceId !== null) town.byName.set(`device_id ${one.deviceId}`, one)
}

export function resident(town: Town, identifier: ProfileIdentifier): Resident | undefined {
  return town.byName.get(
    identifier.kind === 'alias' ? `alias ${identifier.name}` : `${identifier.kind} ${identifier.value}`,
  )
}

export function userText({ externalId, crmId, deviceId }: Resident): string {
  return externalId ?? (crmId === null ? `device:${deviceId}` : `alias:crm:${crmId}`)
}
