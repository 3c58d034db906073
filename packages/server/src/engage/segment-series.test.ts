import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../db/sql.ts'
import { openTestDatabase, type TestDatabase } from '../db/testing.ts'
import { findExport, readExport, startExport, usersPerFile } from './export-segment.ts'
import { findSegment, recordSizes, segmentSeries } from './segment-series.ts'
import { putSegment } from './segment-store.ts'

const day = 86_400_000
const first = Date.UTC(2026, 10, 20, 12)

describe('a segment over the days', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await openTestDatabase('engage')
    await putSegment(database.half, {
      name: 'spain',
      filter: { kind: 'field', field: 'country', operator: 'equals', value: 'ES' },
      now: first,
    })
  })
  afterAll(() => database.close())

  const addPeople = (count: number) =>
    database.half.rows(sql`
      insert into engage.profile (workspace_id, external_id, country, created_at, updated_at)
      select 1, 'p' || nextval('engage.profile_number'), 'ES', now(), now() from generate_series(1, ${count}::int)`)
  const spain = async () => {
    const [row] = await database.half.rows<{ segment_id: string }>(sql`select segment_id from engage.segment`)
    const found = await findSegment(database.half, row?.segment_id)
    if (!found) throw new Error('the segment is gone')
    return found
  }

  it('has the size of every day, also of those on which nobody asked', async () => {
    for (const n of [0, 1, 2]) {
      await addPeople(2)
      await recordSizes(database.half, first + n * day)
      await recordSizes(database.half, first + n * day + 1)
    }
    const now = first + 4 * day
    expect(await segmentSeries(database.half, await spain(), { days: 7, until: now, now })).toEqual([
      { day: '2026-11-20', size: 2 },
      { day: '2026-11-21', size: 4 },
      { day: '2026-11-22', size: 6 },
      { day: '2026-11-24', size: 6 },
    ])
  })

  it('is exported in files, each user once', async () => {
    await addPeople(usersPerFile)
    const { objectPrefix, key } = await startExport(database.half, 'spain', {
      fields: new Set(['external_id']),
      now: first,
    })
    const found = await findExport(database.half, { objectPrefix, key, now: first })
    if (!found) throw new Error('the export is gone')
    const sizes: number[] = []
    const seen = new Set<string>()
    for (const file of [0, 1, 2]) {
      let users = 0
      for await (const page of readExport(database.half, found, file)) {
        users += page.length
        for (const user of page) seen.add(JSON.stringify(user))
      }
      sizes.push(users)
    }
    expect(sizes).toEqual([usersPerFile, 6, 0])
    expect(seen.size).toBe(usersPerFile + 6)
  })
})
