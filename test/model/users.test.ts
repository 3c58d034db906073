import { randomUUID } from 'node:crypto'
import { fates } from '@muster/core/engage/membership.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../packages/server/src/db/database.ts'
import { sql } from '../../packages/server/src/db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../../packages/server/src/db/testing.ts'
import { deleteUsers } from '../../packages/server/src/engage/delete-users.ts'
import { importCohort } from '../../packages/server/src/engage/import-cohort.ts'
import { joinUsers } from '../../packages/server/src/engage/join-users.ts'
import { openSessions } from '../../packages/server/src/engage/open-sessions.ts'
import {
  removeDeprecated,
  renameAliases,
  renameUsers,
} from '../../packages/server/src/engage/rename-users.ts'
import { addUserAliases, trackUsers } from '../../packages/server/src/engage/track-users.ts'
import { type Change, type Key, UsersReference } from './users-reference.ts'

/** Sequences of acts; each has names of its own, so that all share one database. */
const sequences = Number(process.env.MUSTER_SEQUENCES ?? 1_000)

const externalId = fc.constantFrom('e0', 'e1')
const device = fc.constantFrom('d0', 'd1')
const label = fc.constantFrom('l0', 'l1')
const name = fc.constantFrom('n0', 'n1')
const cohort = fc.constantFrom('c0', 'c1')
const maybeId = fc.option(externalId)

const external = fc.record({ kind: fc.constant('external_id' as const), value: externalId })
const alias = fc.record({ kind: fc.constant('alias' as const), label, name })
const userKey = fc.oneof(external, alias)
const anyKey = fc.oneof(
  external,
  alias,
  fc.record({ kind: fc.constant('device_id' as const), value: device }),
)

const two = { minLength: 1, maxLength: 2 }
const act = fc.oneof(
  fc.record({
    act: fc.constant('session' as const),
    of: fc.array(fc.record({ device, user: maybeId }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    act: fc.constant('track' as const),
    key: userKey,
    name: fc.constantFrom('a', 'b'),
    value: fc.nat(9),
  }),
  fc.record({ act: fc.constant('alias' as const), label, name, user: maybeId }),
  fc.record({ act: fc.constant('rename alias' as const), label, from: name, to: name }),
  fc.record({
    act: fc.constant('identify' as const),
    of: fc.array(fc.record({ label, name, user: externalId }), two),
  }),
  fc.record({
    act: fc.constant('merge' as const),
    of: fc.array(fc.record({ from: userKey, into: userKey }), two),
  }),
  fc.record({ act: fc.constant('rename' as const), current: externalId, next: externalId }),
  fc.record({ act: fc.constant('remove deprecated' as const), id: externalId }),
  fc.record({ act: fc.constant('delete' as const), key: userKey }),
  fc.record({
    act: fc.constant('import' as const),
    cohort,
    changes: fc.array(fc.record({ identifier: anyKey, remove: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

/** One user of each kind, two of them in a cohort: from here on nearly every act finds somebody. */
const beginning: readonly Act[] = [
  { act: 'track', key: { kind: 'external_id', value: 'e0' }, name: 'a', value: 1 },
  { act: 'alias', label: 'l0', name: 'n0', user: null },
  { act: 'alias', label: 'l0', name: 'n1', user: 'e0' },
  { act: 'session', of: [{ device: 'd0', user: null }] },
  {
    act: 'import',
    cohort: 'c0',
    changes: [
      { identifier: { kind: 'alias', label: 'l0', name: 'n0' }, remove: false },
      { identifier: { kind: 'device_id', value: 'd0' }, remove: false },
    ],
  },
]

const now = Date.UTC(2026, 10, 23)

/** Acts on the database under names that begin with `prefix`; returns the fates of an import. */
async function perform(database: Database, prefix: string, one: Act): Promise<readonly string[]> {
  const own = (text: string): string => `${prefix}${text}`
  const ownKey = <K extends Key>(key: K): K =>
    key.kind === 'alias' ? { ...key, name: own(key.name) } : { ...key, value: own(key.value) }
  const ownId = (id: string | null): string | null => (id === null ? null : own(id))
  switch (one.act) {
    case 'session':
      await openSessions(
        database,
        one.of.map((s) => ({ deviceId: own(s.device), userId: ownId(s.user), attributes: new Map() })),
        now,
      )
      return []
    case 'track': {
      const { key } = one
      const tracked = {
        user: ownKey(key),
        mayCreate: key.kind === 'external_id',
        attributes: new Map([[one.name, one.value]]),
        mergeObjects: false,
      }
      await trackUsers(database, { attributes: [tracked], events: [], purchases: [] }, now)
      return []
    }
    case 'alias':
      await addUserAliases(
        database,
        [{ label: one.label, name: own(one.name), externalId: ownId(one.user) }],
        now,
      )
      return []
    case 'rename alias':
      await renameAliases(database, [{ label: one.label, oldName: own(one.from), newName: own(one.to) }])
      return []
    case 'identify':
      await joinUsers(
        database,
        one.of.map((i) => ({
          from: { kind: 'alias', label: i.label, name: own(i.name) },
          into: { kind: 'external_id', value: own(i.user) },
          identifies: true,
          withContents: true,
        })),
        now,
      )
      return []
    case 'merge':
      await joinUsers(
        database,
        one.of.map((m) => ({
          from: ownKey(m.from),
          into: ownKey(m.into),
          identifies: false,
          withContents: true,
        })),
        now,
      )
      return []
    case 'rename':
      await renameUsers(database, [{ current: own(one.current), next: own(one.next) }], now)
      return []
    case 'remove deprecated':
      await removeDeprecated(database, [own(one.id)])
      return []
    case 'delete':
      await deleteUsers(database, [ownKey(one.key)], now)
      return []
    case 'import':
      return importFates(
        database,
        own(one.cohort),
        one.changes.map((c) => ({ ...c, identifier: ownKey(c.identifier) })),
      )
  }
}

async function importFates(
  database: Database,
  cohortId: string,
  changes: readonly Change[],
): Promise<string[]> {
  const requestId = randomUUID()
  await importCohort(database, { requestId, partner: 'hightouch', request: { cohortId, changes }, now })
  const [row] = await database.rows<{ fates: number[] }>(sql`
    select fates from engage.cohort_import where workspace_id = 1 and request_id = ${requestId}::uuid`)
  return (row?.fates ?? []).map((fate) => fates[fate] ?? '')
}

function imagine(model: UsersReference, one: Act): readonly string[] {
  switch (one.act) {
    case 'session':
      for (const s of one.of) model.session(s.device, s.user)
      return []
    case 'track':
      model.track(one.key, one.name, one.value)
      return []
    case 'alias':
      model.addAlias(one.label, one.name, one.user)
      return []
    case 'rename alias':
      model.renameAlias(one.label, one.from, one.to)
      return []
    case 'identify':
      for (const i of one.of) model.identify(i.label, i.name, i.user)
      return []
    case 'merge':
      for (const m of one.of) model.merge(m.from, m.into)
      return []
    case 'rename':
      model.rename(one.current, one.next)
      return []
    case 'remove deprecated':
      model.removeDeprecated(one.id)
      return []
    case 'delete':
      model.delete(one.key)
      return []
    case 'import':
      return model.import(one.cohort, one.changes)
  }
}

interface ShownRow {
  readonly external_id: string | null
  readonly deprecated: string[]
  readonly aliases: string[]
  readonly devices: string[]
  readonly custom: Record<string, number>
  readonly cohorts: string[]
}

/** Every user who was made since the last call, and who is gone from the next: names are cut to what they are without prefix. */
async function shown(database: Database, prefix: string, after: number): Promise<string[]> {
  const rows = await database.rows<ShownRow>(sql`
    select p.external_id, p.custom_attributes as custom,
      array(select external_id from engage.deprecated_external_id d
            where d.workspace_id = 1 and d.profile_id = p.profile_id) as deprecated,
      array(select label || ':' || name from engage.alias a
            where a.workspace_id = 1 and a.profile_id = p.profile_id) as aliases,
      array(select device_id from engage.device d where d.workspace_id = 1 and d.profile_id = p.profile_id) as devices,
      array(select c.cohort_id from engage.cohort c join engage.cohort_member m
              on m.workspace_id = c.workspace_id and m.cohort = c.cohort
            where c.workspace_id = 1 and c.cohort_id in (${`${prefix}c0`}, ${`${prefix}c1`})
              and m.profile_id = p.profile_id) as cohorts
    from engage.profile p where p.workspace_id = 1 and p.profile_id > ${after}`)
  const cut = (text: string): string => text.replace(prefix, '')
  return rows
    .map((row) =>
      JSON.stringify([
        row.external_id === null ? null : cut(row.external_id),
        row.deprecated.map(cut).sort(),
        row.aliases.map(cut).sort(),
        row.devices.map(cut).sort(),
        Object.entries(row.custom).sort(),
        row.cohorts.map(cut).sort(),
      ]),
    )
    .sort()
}

describe('users and cohorts', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
  })
  afterAll(() => database.close())

  it(`come to what a small reference in memory comes to, in ${sequences} sequences of acts`, async () => {
    let number = 0
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8, size: 'max' }), async (acts) => {
        const prefix = `${++number}-`
        const [last] = await database.half.rows<{ at: number }>(sql`
          select coalesce(max(profile_id), 0) as at from engage.profile where workspace_id = 1`)
        const model = new UsersReference()
        for (const one of [...beginning, ...acts]) {
          const expected = imagine(model, one)
          expect(await perform(database.half, prefix, one)).toEqual(expected)
        }
        expect(await shown(database.half, prefix, last?.at ?? 0)).toEqual(model.shown())
        const [orphans] = await database.half.rows(sql`
          select count(*) as members from engage.cohort_member m
          where m.workspace_id = 1 and not exists (
            select from engage.profile p where p.workspace_id = 1 and p.profile_id = m.profile_id)`)
        expect(orphans).toEqual({ members: 0 })
      }),
      { numRuns: sequences, endOnFailure: false },
    )
  }, 600_000)
})
