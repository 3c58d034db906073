import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { sql } from './sql.ts'
import { openTestDatabase, type TestDatabase } from './testing.ts'

describe('the database', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
  })
  afterAll(() => database.close())

  it('gives int8 as a number and timestamptz as an instant in ms', async () => {
    const [row] = await database.half.rows<{ n: number; at: number }>(
      sql`select 9007199254740991::int8 as n, '2026-11-23T19:57:00.5+02:00'::timestamptz as at`,
    )
    expect(row).toEqual({ n: 9007199254740991, at: Date.UTC(2026, 10, 23, 17, 57, 0, 500) })
  })

  it('rolls back a transaction whose work throws', async () => {
    await database.owner.rows(sql`create table engage.probe (n int)`)
    await database.owner.rows(sql`grant all on engage.probe to muster_engage`)
    const work = database.half.transaction(async (tx) => {
      await tx.rows(sql`insert into engage.probe values (1)`)
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(await database.half.rows(sql`select n from engage.probe`)).toEqual([])
  })

  it('keeps a half out of every schema but its own', async () => {
    await database.owner.rows(sql`create schema sync`)
    await database.owner.rows(sql`create table sync.secret (n int)`)
    await expect(database.half.rows(sql`select n from sync.secret`)).rejects.toThrow('permission denied')
  })

  it('that a newer Muster has migrated is refused', async () => {
    await database.owner.rows(
      sql`insert into muster.migration (half, file, digest) values ('engage', '9999_future.sql', '')`,
    )
    await expect(migrate(database.owner, ['engage'])).rejects.toMatchObject({ code: 'newer_data' })
  })
})
