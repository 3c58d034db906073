import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { CampaignDefinition } from '@muster/core/engage/campaign.ts'
import { CanvasDefinition } from '@muster/core/engage/canvas.ts'
import { matchIdentifier } from '@muster/core/engage/identity.ts'
import { applyImport, type Fate, type JudgedChange } from '@muster/core/engage/membership.ts'
import { Filter, matches } from '@muster/core/engage/segment.ts'
import {
  DestinationDefinition,
  ModelDefinition,
  SourceDefinition,
  SyncDefinition,
} from '@muster/core/sync/definition.ts'
import { type Changes, diff } from '@muster/core/sync/diff.ts'
import { defaultGuards } from '@muster/core/sync/guard.ts'
import { identifyRow, membersOf, type Row } from '@muster/core/sync/member.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { customerRows, guideOf, personOf } from '../examples/shop/person.ts'
import { profileStages } from '../examples/shop/profiles.ts'
import type { Day } from '../examples/shop/roles.ts'
import { mostMembers, openShop, type Shop, shuffledNumbers } from '../examples/shop/shop.ts'
import { cohortMembers, type FateCounts, type RunTruth, sumOfFates, truthOf } from '../examples/shop/truth.ts'
import { writeWarehouse } from '../examples/shop/warehouse.ts'
import { emptyTown, type Resident, receive, resident, type Town, userText } from './setup/shop-town.ts'

const project = join(import.meta.dirname, '../examples/shop/project')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-shop-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function yaml(path: string): Promise<unknown> {
  return parse(await readFile(join(project, path), 'utf8'))
}

async function query(path: string, sql: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  try {
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson()
    connection.closeSync()
    return rows
  } finally {
    instance.closeSync()
  }
}

/** The rows of a model of the project, on the shop's warehouse of a day. */
async function modelRows(shop: Shop, day: Day, model: string): Promise<{ row: Row; rowKey: string }[]> {
  const path = join(folder, `${shop.seed}-${shop.members}-${day}.duckdb`)
  await writeWarehouse(shop, day, path)
  const rows = await query(path, await readFile(join(project, 'models', `${model}.sql`), 'utf8'))
  return rows.map((row) => ({ row, rowKey: String(row.contact_id) }))
}

async function identifierColumns(sync: string): Promise<SyncDefinition['identifiers']> {
  return SyncDefinition.parse(await yaml(`syncs/${sync}.yaml`)).identifiers
}

/** Sends a run's changes through the reference rules of the engagement half; returns what they came to. */
function deliver(
  town: Town,
  before: ReadonlySet<number>,
  changes: Changes,
): { members: ReadonlySet<number>; fates: FateCounts } {
  const judged = (members: Changes['added'], remove: boolean): JudgedChange[] =>
    members.map(({ identifier }) => {
      const found = resident(town, identifier)
      const candidate = found && { profileId: found.id, identified: found.externalId !== null }
      return { match: matchIdentifier(identifier, candidate ?? null), remove }
    })
  const result = applyImport(before, [...judged(changes.removed, true), ...judged(changes.added, false)])
  const count = (fate: Fate): number => result.fates.filter((f) => f === fate).length
  return {
    members: result.members,
    fates: {
      ids: result.fates.length,
      added: count('added'),
      already_in: count('already_in'),
      removed: count('removed'),
      not_in: count('not_in'),
      unknown: count('unknown'),
      device_of_identified: count('device_of_identified'),
    },
  }
}

function load(town: Town, shop: Shop, day: Day): void {
  for (const { requests } of profileStages(shop, day)) for (const request of requests) receive(town, request)
}

function residents(town: Town, ids: ReadonlySet<number>): Resident[] {
  return [...ids].map((id) => town.residents.get(id)).filter((one) => one !== undefined)
}

async function segmentOf(people: readonly Resident[]): Promise<Resident[]> {
  const { filter } = (await yaml('segments/lapsed-vips-spain.yaml')) as { filter: unknown }
  const parsed = Filter.parse(filter)
  return people.filter(({ id, externalId, attributes }) => {
    const { country, first_name, ...custom } = attributes
    const fields = {
      ...(typeof country === 'string' ? { country } : {}),
      ...(typeof first_name === 'string' ? { first_name } : {}),
    }
    const profile = { id, brazeId: String(id), externalId, fields, custom, cohorts: new Set([1]) }
    return matches(parsed, profile, (partner, cohort) =>
      partner === 'hightouch' && cohort === 'Lapsed VIPs' ? 1 : null,
    )
  })
}

const figures = ({ rows, added, removed, unchanged, reasserted }: RunTruth) => ({
  rows,
  added,
  removed,
  unchanged,
  reasserted,
})
const counted = (changes: Changes, rows: RunTruth['rows']) => ({
  rows,
  added: changes.added.length,
  removed: changes.removed.length,
  unchanged: changes.unchanged,
  reasserted: changes.reasserted,
})

describe.each([50, 500, 5_000])('a shop of %i members', (members) => {
  const shop = openShop({ members })
  const truth = truthOf(shop)

  it('comes to its truth when its SQL, the diff and the matching rules are run on it', {
    timeout: 60_000,
  }, async () => {
    const columns = await identifierColumns('lapsed-vips')
    const town = emptyTown()
    let accepted: Changes['added'] = []
    let cohort: ReadonlySet<number> = new Set()
    for (const day of [1, 2] as const) {
      load(town, shop, day)
      cohort = new Set([...cohort].map((id) => town.movedTo.get(id) ?? id))
      const rows = await modelRows(shop, day, 'lapsed_vips')
      const { members: desired, accounting } = membersOf(rows, columns)
      const standing = rows.flatMap(({ row, rowKey }) => {
        const fate = identifyRow(row, columns)
        return fate.kind === 'identified' ? [{ identifier: fate.identifier, rowKey }] : []
      })
      const changes = diff(accepted, desired, standing)
      const told = day === 1 ? truth.run1 : truth.run2
      expect(counted(changes, accounting)).toEqual(figures(told))
      const { members: after, fates } = deliver(town, cohort, changes)
      expect(fates).toEqual(told.import)
      expect(residents(town, after).map(userText).sort()).toEqual([...cohortMembers(shop, day)].sort())
      const inSegment = await segmentOf(residents(town, after))
      expect(inSegment).toHaveLength(told.inSegment)
      expect(inSegment.filter(({ attributes }) => !('first_name' in attributes))).toHaveLength(told.nameless)
      accepted = desired
      cohort = after
    }
    const spring = membersOf(
      await modelRows(shop, 2, 'spring_buyers'),
      await identifierColumns('spring-buyers'),
    )
    const changes = diff([], spring.members)
    expect(counted(changes, spring.accounting)).toEqual(figures(truth.spring))
    const { members: after, fates } = deliver(town, new Set(), changes)
    expect(fates).toEqual(truth.spring.import)
    expect(after.size).toBe(truth.spring.members)
  })

  it('shows every kind of row and every fate of an id at least once', () => {
    expect(Math.min(...Object.values(truth.run1.rows))).toBeGreaterThan(0)
    expect(Math.min(...Object.values(sumOfFates([truth.run1, truth.run2])))).toBeGreaterThan(0)
    expect(truth.run2.reasserted).toBeGreaterThan(0)
    expect(truth.run2.nameless).toBeGreaterThan(0)
    expect(truth.run2.nameless).toBeLessThan(truth.run2.inSegment)
  })
})

it('adds exactly its members in the first run and stays under its guards in the second, at any size and seed', async () => {
  const { guards } = SyncDefinition.parse(await yaml('syncs/lapsed-vips.yaml'))
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 1_500 }), fc.nat(2 ** 31), (members, seed) => {
      const { run1, run2, spring } = truthOf(openShop({ members, seed }))
      expect(run1.added).toBe(members)
      expect(run1.rows.members).toBe(members)
      expect(run2.rows.members).toBe(run2.unchanged + run2.added - run2.reasserted)
      expect(run2.removed / members).toBeLessThan(guards.max_removed ?? defaultGuards.max_removed)
      for (const { rows } of [run1, run2, spring]) {
        expect(rows.read).toBe(rows.members + rows.null + rows.invalid + rows.duplicate)
        expect(rows.null / rows.read).toBeLessThan(defaultGuards.max_null_keys)
      }
      for (const { rows } of [run1, run2]) {
        expect(rows.null / rows.read).toBeLessThan(guards.max_null_keys ?? 1)
        expect(rows.invalid / rows.read).toBeLessThan(guards.max_invalid ?? 1)
      }
    }),
    { numRuns: 25 },
  )
})

it('gives nobody the name of somebody else', () => {
  const shop = openShop({ members: 20_000, seed: 7 })
  const seen = new Set<string>()
  let names = 0
  for (let number = 0; number < shop.people; number++) {
    const person = personOf(shop, number)
    const contacts = customerRows(shop, person, 2).map(({ contactId }) => contactId)
    for (const name of [...Object.values(person.names), ...contacts]) {
      seen.add(name)
      names++
    }
  }
  expect(seen.size).toBe(names)
})

it('has a guide who is identified and in the segment', async () => {
  const shop = openShop({ members: 50 })
  const town = emptyTown()
  load(town, shop, 1)
  const guide = resident(town, { kind: 'external_id', value: guideOf(shop).names.customerId })
  expect(await segmentOf(guide ? [guide] : [])).toHaveLength(1)
  expect([...cohortMembers(shop, 1)]).toContain(guide?.externalId)
  expect([...cohortMembers(shop, 2)]).toContain(guide?.externalId)
})

describe('the warehouse', () => {
  const dump = async (seed: number, name: string, day: Day = 1): Promise<Row[][]> => {
    const path = join(folder, name)
    await writeWarehouse(openShop({ members: 200, seed }), day, path)
    const tables = ['shop_clock', 'customers', 'orders', 'devices', 'events']
    return Promise.all(tables.map((table) => query(path, `select * from ${table}`)))
  }

  it('is the same for the same seed, row by row, and another for another seed', async () => {
    const first = await dump(1, 'a.duckdb')
    expect(await dump(1, 'b.duckdb')).toEqual(first)
    expect(await dump(2, 'c.duckdb')).not.toEqual(first)
  })

  it('replaces the file of the day before and leaves nothing beside it', async () => {
    const day1 = await dump(3, 'd.duckdb', 1)
    const day2 = await dump(3, 'd.duckdb', 2)
    expect(day1[0]).toEqual([{ today: '2026-09-01' }])
    expect(day2[0]).toEqual([{ today: '2026-09-02' }])
    const ids = (rows: Row[] | undefined): string[] => (rows ?? []).map((row) => String(row.contact_id))
    expect(ids(day2[1])).not.toEqual(ids(day1[1]))
    expect(ids(day2[1]).sort()).toEqual(ids(day1[1]).sort())
    expect((await readdir(folder)).filter((name) => name.startsWith('.') || name.endsWith('.wal'))).toEqual(
      [],
    )
  })

  it('keeps names with quotes, commas, accents and emoji, and ids with bytes that are not allowed', async () => {
    const shop = openShop({ members: 2_000 })
    const path = join(folder, 'names.duckdb')
    await writeWarehouse(shop, 1, path)
    const written = await query(
      path,
      'select contact_id, customer_id, crm_id, first_name, last_name from customers',
    )
    const told = [...shuffledNumbers(shop, 1)].flatMap((number) => {
      const person = personOf(shop, number)
      return customerRows(shop, person, 1).map(({ contactId, customerId, crmId }) => ({
        contact_id: contactId,
        customer_id: customerId,
        crm_id: crmId,
        first_name: person.firstName,
        last_name: person.lastName,
      }))
    })
    expect(written).toEqual(told)
    const bytes = written.map(({ customer_id }) => Buffer.byteLength(String(customer_id ?? '')))
    expect(Math.max(...bytes)).toBe(988)
  })

  it('appears whole or not at all', async () => {
    const nowhere = join(folder, 'missing', 'w.duckdb')
    await expect(writeWarehouse(openShop({ members: 50 }), 1, nowhere)).rejects.toThrow()
  })
})

it('refuses a size that it cannot cast', () => {
  for (const members of [49, 0, -1, 50.5, Number.NaN, mostMembers + 1]) {
    expect(() => openShop({ members })).toThrow(/cannot be made/)
  }
})

it('has project files that Muster can read', async () => {
  SourceDefinition.parse(await yaml('sources/shop.yaml'))
  DestinationDefinition.parse(await yaml('destinations/braze.yaml'))
  for (const name of ['lapsed_vips', 'spring_buyers']) {
    const sql = await readFile(join(project, `models/${name}.sql`), 'utf8')
    ModelDefinition.parse({ ...((await yaml(`models/${name}.yaml`)) as object), sql })
  }
  SyncDefinition.parse(await yaml('syncs/spring-buyers.yaml'))
  CampaignDefinition.parse(await yaml('campaigns/come-back.yaml'))
  CanvasDefinition.parse(await yaml('canvases/welcome-back.yaml'))
})
