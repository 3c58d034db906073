import { randomUUID } from 'node:crypto'
import type { CsvColumn } from '@muster/core/engage/csv-user.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { findUser } from './find-user.ts'
import { closeUserImport, importUserRows, openUserImport } from './import-users.ts'
import { forgetUserImports, getUserImport, listRejects } from './user-import-store.ts'

const now = Date.UTC(2026, 10, 24)
const columns: CsvColumn[] = [
  { name: 'external_id', type: 'text' },
  { name: 'user_alias_label', type: 'text' },
  { name: 'user_alias_name', type: 'text' },
  { name: 'first_name', type: 'text' },
  { name: 'points', type: 'number' },
]

describe('an import of users', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
  })
  beforeEach(() => database.half.rows(sql`delete from engage.profile`))
  afterAll(() => database.close())

  const begin = async (existingOnly = false): Promise<string> =>
    (await openUserImport(database.half, { name: 'people.csv', columns, existingOnly, now })).import_id
  const give = (id: string, from: number, ...cells: string[][]) =>
    importUserRows(database.half, id, {
      from,
      rows: cells.map((one, place) => ({ line: from + place + 2, cells: one })),
      now,
    })
  const user = (text: string) => findUser(database.half, text)

  it('makes and updates users, and counts each row once', async () => {
    const id = await begin()
    await give(id, 0, ['ann', '', '', 'Ann', '1'], ['', 'crm', '7', 'Bob', ''])
    const after = await give(
      id,
      2,
      ['ann', '', '', '', '2'],
      ['eve', '', '', '', ''],
      ['eve', '', '', 'Eve', ''],
    )
    expect(after).toMatchObject({ rows_read: 5, created: 3, updated: 2, rejected: 0, status: 'importing' })
    expect(await user('ann')).toMatchObject({ first_name: 'Ann', custom_attributes: { points: 2 } })
    expect(await user('alias:crm:7')).toMatchObject({ external_id: null })
    expect(await user('eve')).toMatchObject({ first_name: 'Eve' })
    expect(await closeUserImport(database.half, id, { status: 'done', now })).toMatchObject({
      status: 'done',
    })
  })

  it('rejects a bad row alone, with its line and reason, and keeps its cells', async () => {
    const id = await begin()
    const after = await give(
      id,
      0,
      ['ann', '', '', 'Ann', 'many'],
      ['', '', '', 'Nobody', ''],
      ['bob', '', '', 'Bob\u0000', ''],
      ['eve', '', '', 'Eve', '3'],
    )
    expect(after).toMatchObject({ rows_read: 4, created: 1, updated: 0, rejected: 3 })
    expect(await listRejects(database.half, id, { after: -1, limit: 10 })).toEqual([
      {
        row_number: 0,
        line: 2,
        cells: ['ann', '', '', 'Ann', 'many'],
        reason: "'points' is not a number: many",
      },
      { row_number: 1, line: 3, cells: ['', '', '', 'Nobody', ''], reason: 'the row names no user' },
      {
        row_number: 2,
        line: 4,
        cells: ['bob', '', '', 'Bob\ufffd', ''],
        reason: "'first_name' holds a character that cannot be kept",
      },
    ])
  })

  it('makes nobody when only existing users are wanted', async () => {
    await give(await begin(), 0, ['ann', '', '', 'Ann', ''])
    const after = await give(await begin(true), 0, ['ann', '', '', 'Anna', ''], ['bob', '', '', 'Bob', ''])
    expect(after).toMatchObject({ created: 0, updated: 1, rejected: 1 })
    expect(await user('ann')).toMatchObject({ first_name: 'Anna' })
  })

  it('takes a batch once, however often and however overlapping it is given', async () => {
    const people = Array.from({ length: 12 }, (_, n) => [
      `p${n}`,
      '',
      '',
      `Name ${n}`,
      n % 3 === 0 ? 'x' : '1',
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 12 })), { maxLength: 8 }),
        async (batches) => {
          const id = await begin()
          for (const [from, length] of batches) {
            const { rows_read: read } = await getUserImport(database.half, id)
            const batch = give(id, from, ...people.slice(from, from + length))
            if (from > read) await expect(batch).rejects.toMatchObject({ code: 'rows_missing' })
            else expect((await batch).rows_read).toBe(Math.max(read, Math.min(12, from + length)))
          }
          const { rows_read, created, updated, rejected } = await getUserImport(database.half, id)
          expect(created + updated + rejected).toBe(rows_read)
          expect(rejected).toBe(Math.ceil(rows_read / 3))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('takes the same batch from two senders at once only once', async () => {
    const id = await begin()
    const rows = Array.from({ length: 50 }, (_, n) => [`q${n}`, '', '', '', ''])
    await Promise.all([give(id, 0, ...rows), give(id, 0, ...rows), give(id, 0, ...rows)])
    expect(await getUserImport(database.half, id)).toMatchObject({ rows_read: 50, created: 50, updated: 0 })
  })

  it('takes no more rows once it has ended', async () => {
    const id = await begin()
    await closeUserImport(database.half, id, { status: 'cancelled', now })
    await expect(give(id, 0, ['ann', '', '', '', ''])).rejects.toMatchObject({ code: 'import_ended' })
    await expect(closeUserImport(database.half, id, { status: 'done', now })).rejects.toMatchObject({
      code: 'import_ended',
    })
    await expect(give(randomUUID(), 0, ['ann', '', '', '', ''])).rejects.toMatchObject({
      code: 'no_user_import',
    })
  })

  it('says everything that is wrong with the first line before anything is imported', async () => {
    const wrong = openUserImport(database.half, {
      name: 'x.csv',
      columns: ['first_name', 'first_name', ''].map((name) => ({ name, type: 'text' })),
      existingOnly: false,
      now,
    })
    await expect(wrong).rejects.toMatchObject({ code: 'bad_header', details: { length: 3 } })
  })

  it('is forgotten with its rejected rows after its time', async () => {
    const id = await begin()
    await give(id, 0, ['', '', '', '', ''])
    await forgetUserImports(database.half, now)
    expect(await getUserImport(database.half, id)).toMatchObject({ rejected: 1 })
    await forgetUserImports(database.half, now + 1)
    await expect(getUserImport(database.half, id)).rejects.toMatchObject({ code: 'no_user_import' })
    expect(await listRejects(database.half, id, { after: -1, limit: 10 })).toEqual([])
  })
})
