import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { CohortNameBody, CohortUsersBody } from './cohort-routes.ts'
import { parseCohortImport, parseCohortName } from './cohorts.ts'
import { SubscriptionBody, SubscriptionsBody } from './contact-routes.ts'
import { ExportBody } from './export-routes.ts'
import { parseExport } from './exports.ts'
import {
  parseAliasUpdates,
  parseDeletion,
  parseIdentify,
  parseMerge,
  parseRemovals,
  parseRenames,
} from './identity.ts'
import {
  AliasUpdateBody,
  DeleteBody,
  IdentifyBody,
  MergeBody,
  RemoveBody,
  RenameBody,
} from './identity-routes.ts'
import { parseSubscriptions } from './subscriptions.ts'
import { AliasBody, SessionBody, TrackBody } from './user-routes.ts'
import { parseAliases, parseSessions, parseTrack } from './users.ts'

/** Values as senders really send them, with the wrong ones that a parser must tell apart. */
const text = fc.oneof(
  fc.constantFrom(
    'a',
    'ann',
    ' ',
    '',
    'Zoë',
    '\u{1F600}',
    '\u0000',
    '\ud800',
    'x'.repeat(987),
    'x'.repeat(988),
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)
const id = fc.oneof(
  { weight: 8, arbitrary: text },
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, {}, []),
)
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: value }, fc.constantFrom(null, 'x', 7, {}))
const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  maybe(fc.record(fields, { requiredKeys: [] }))

const credentials = { partner_api_key: fc.constant('p'), client_secret: fc.constant('s') }
const withCredentials = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ ...credentials, ...fields }, { requiredKeys: ['partner_api_key', 'client_secret'] })

const time = fc.constantFrom('2026-01-21T19:20:30+05:00', '2026-01-21', '2026-02-30', 'soon', '')
const aliases = record({ alias_label: id, alias_name: id })
const ids = maybe(fc.oneof(fc.array(id, { maxLength: 3 }), fc.constant(Array(600).fill('u'))))
const change = record({
  user_ids: ids,
  device_ids: ids,
  aliases: fc.oneof(aliases, fc.array(aliases, { maxLength: 2 })),
  should_remove: maybe(fc.boolean()),
})

describe('the schemas of the partner cohort API', () => {
  it('accept the names that the parser accepts, and no others', () => {
    const body = withCredentials({ cohort_id: id, name: id, created_at: fc.oneof(time, id) })
    fc.assert(
      fc.property(body, (one) => {
        expect(CohortNameBody.safeParse(one).success).toBe(parseCohortName(one).ok)
      }),
      { numRuns: 2_000 },
    )
  })

  it('accept the changes that the parser accepts, and no others', () => {
    const body = withCredentials({ cohort_id: id, cohort_changes: maybe(fc.array(change, { maxLength: 3 })) })
    fc.assert(
      fc.property(body, (one) => {
        expect(CohortUsersBody.safeParse(one).success).toBe(parseCohortImport(one).ok)
      }),
      { numRuns: 2_000 },
    )
  })
})

const good = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
const userKeys = { external_id: id, braze_id: good, user_alias: aliases, phone: id, email: fc.emailAddress() }
const value = fc.oneof(good, fc.integer(), fc.boolean(), fc.array(good, { maxLength: 2 }), fc.constant(null))
const properties = fc.dictionary(good, value, { maxKeys: 2 })
const trackBody = fc.record(
  {
    attributes: maybe(
      fc.array(record({ ...userKeys, first_name: good, plan: value, age: value }), {
        maxLength: 3,
      }),
    ),
    events: maybe(fc.array(record({ ...userKeys, name: id, time, properties }), { maxLength: 3 })),
    purchases: maybe(
      fc.array(
        record({
          ...userKeys,
          product_id: id,
          currency: fc.constantFrom('EUR', 'usd', 'E', 7),
          price: fc.double(),
          quantity: fc.integer({ min: -1, max: 102 }),
          time,
        }),
        { maxLength: 3 },
      ),
    ),
  },
  { requiredKeys: [] },
)

/** Bodies that the schema accepts; an arbitrary that gives too few of them would prove nothing. */
function acceptedOf(arbitrary: fc.Arbitrary<unknown>, schema: z.ZodType): unknown[] {
  const seen = fc.sample(arbitrary, 4_000).filter((body) => schema.safeParse(body).success)
  expect(seen.length).toBeGreaterThan(50)
  return seen
}

describe('what the schemas of the user endpoints accept', () => {
  it('is accepted by the parser of /users/track, whole', () => {
    for (const body of acceptedOf(trackBody, TrackBody)) {
      expect(parseTrack(body, Date.now()), JSON.stringify(body)).toMatchObject({
        ok: true,
        value: { problems: [] },
      })
    }
  })

  it('is accepted by the parser of /users/alias/new, whole', () => {
    const alias = record({ external_id: id, alias_label: id, alias_name: id })
    for (const body of acceptedOf(
      record({ user_aliases: maybe(fc.array(alias, { maxLength: 3 })) }),
      AliasBody,
    )) {
      expect(parseAliases(body)).toMatchObject({ ok: true, value: { problems: [] } })
    }
  })

  it('is accepted by the parser of /sdk/session', () => {
    const session = record({
      device_id: id,
      user_id: id,
      attributes: fc.dictionary(good, good, { maxKeys: 2 }),
    })
    const body = fc.oneof(session, record({ sessions: maybe(fc.array(session, { maxLength: 3 })) }))
    for (const one of acceptedOf(body, SessionBody)) expect(parseSessions(one)).toMatchObject({ ok: true })
  })

  const list = (one: fc.Arbitrary<unknown>) => maybe(fc.array(one, { maxLength: 2 }))
  const order = maybe(fc.subarray(['identified', 'unidentified', 'most_recently_updated', 'x']))
  const mergeUser = fc.oneof(
    fc.record({ external_id: id }),
    fc.record({ user_alias: aliases }),
    fc.record({ email: id, prioritization: order }),
  )
  const ids = maybe(fc.oneof(id, fc.array(id, { maxLength: 2 })))
  const subscription = record({
    subscription_group_id: id,
    subscription_state: fc.constantFrom('subscribed', 'unsubscribed', 'x'),
    external_id: ids,
    external_ids: ids,
    email: ids,
    phones: ids,
  })
  const bodies: [
    path: string,
    schema: z.ZodType,
    parse: (body: unknown) => unknown,
    fc.Arbitrary<unknown>,
  ][] = [
    [
      '/users/alias/update',
      AliasUpdateBody,
      parseAliasUpdates,
      record({ alias_updates: list(record({ alias_label: id, old_alias_name: id, new_alias_name: id })) }),
    ],
    [
      '/users/identify',
      IdentifyBody,
      parseIdentify,
      record({
        aliases_to_identify: list(record({ external_id: id, user_alias: aliases })),
        emails_to_identify: list(record({ external_id: id, email: id, prioritization: order })),
        phone_numbers_to_identify: list(record({ external_id: id, phone: id })),
      }),
    ],
    [
      '/users/merge',
      MergeBody,
      parseMerge,
      record({
        merge_updates: list(fc.record({ identifier_to_merge: mergeUser, identifier_to_keep: mergeUser })),
      }),
    ],
    [
      '/users/external_ids/rename',
      RenameBody,
      parseRenames,
      record({ external_id_renames: list(record({ current_external_id: id, new_external_id: id })) }),
    ],
    ['/users/external_ids/remove', RemoveBody, parseRemovals, record({ external_ids: list(id) })],
    [
      '/users/delete',
      DeleteBody,
      parseDeletion,
      record({
        external_ids: list(id),
        user_aliases: list(aliases),
        braze_ids: list(id),
        email_addresses: list(fc.oneof(id, record({ email: id, prioritization: order }))),
      }),
    ],
    [
      '/users/export/ids',
      ExportBody,
      parseExport,
      record({
        external_ids: list(id),
        user_aliases: list(aliases),
        device_id: id,
        braze_id: id,
        email_address: id,
        fields_to_export: list(good),
      }),
    ],
    ['/subscription/status/set', SubscriptionBody, parseSubscriptions, subscription],
    [
      '/v2/subscription/status/set',
      SubscriptionsBody,
      parseSubscriptions,
      record({ subscription_groups: list(subscription) }),
    ],
  ]
  it.each(bodies)('is accepted by the parser of %s, whole', (_, schema, parse, arbitrary) => {
    for (const body of acceptedOf(arbitrary, schema)) {
      const parsed = parse(body)
      expect(parsed, JSON.stringify(body)).toMatchObject({ ok: true })
      const hasProblems = JSON.stringify(parsed).includes('"type"')
      expect(hasProblems, JSON.stringify(body)).toBe(false)
    }
  })
})
