import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashingOf } from './bucket-sql.ts'
import { writeDifferences } from './diff-buckets.ts'
import { inJob, type Job } from './duckdb-job.ts'
import { foldState } from './fold-state.ts'
import { writeState } from './lay-state.ts'
import { rowsOfParts } from './part-file.ts'
import { bucketedSql } from './split-rows.ts'
import { type State, stateRows } from './state.ts'

const bits = 2
const people = 500
const deltaShape = "'' as namespace, '' as value, '' as row_key, 0 as sure"

describe('what a run has changed of a state that a warehouse has as a table', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-delta-'))
    for (const folder of ['before', 'few', 'most']) await mkdir(join(directory, folder))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  /** A state of `people` members of whom every tenth is unsure, and what becomes of it when `changed` leave, come and move each. */
  const foldOf = async (
    job: Job,
    changed: number,
    folder: string,
  ): Promise<{ before: State; after: State }> => {
    const before = await writeState(job, {
      rows: `
        select 'external_id' as namespace, 'c' || n as value, n::usmallint as hash, 'k' || n as row_key, n % 10 > 0 as sure
        from range(${people}) as person (n)`,
      bits,
      directory,
      folder: 'before',
    })
    const rows = (difference: string, from: number, key: string): string => `
      select '${difference}' as difference, 'external_id' as namespace, 'c' || n as value, '${key}' || n as row_key
      from range(${from}, ${from + changed}) as person (n)`
    const differences = [
      rows('gone', 0, 'k'),
      rows('fresh', people, 'k'),
      rows('moved', people - changed, 'm'),
    ]
    await job.run(
      `create or replace temp table difference as ${bucketedSql(differences.join(' union all '), bits)}`,
    )
    const hashing = await hashingOf(job)
    const { changes, totals } = await writeDifferences(
      { job, directory, folder, mode: 'mirror' },
      { bits, hashing },
    )
    const after = await foldState({
      job,
      state: before,
      changes,
      removed: totals.removed,
      // The first removals and the last additions are left over.
      accepted: [{ from: 5, to: totals.removed + 5 }],
      uncertain: [{ from: totals.removed + 5, to: totals.removed + 10 }],
      directory,
      folder,
      name: 'after',
      deltaFrom: 7,
    })
    return { before, after }
  }
  const job = <T>(work: (on: Job) => Promise<T>): Promise<T> =>
    inJob({ directory, signal: new AbortController().signal }, work)

  it('makes the state before it the one after it, bucket by bucket', async () => {
    await job(async (on) => {
      const { before, after } = await foldOf(on, 20, 'few')
      expect(after.delta).toMatchObject({ from: 7, part: { rows: 60 } })
      const delta = rowsOfParts(after.delta ? [after.delta.part] : [], directory, deltaShape)
      const carriedOn = await on.rows(`
        select namespace, value, row_key, sure::integer as sure
        from ${stateRows(before, directory)} where (namespace, value) not in (select (namespace, value) from ${delta})
        union all
        select namespace, value, row_key, sure from ${delta} where sure >= 0
        order by value`)
      const rows = await on.rows(
        `select namespace, value, row_key, sure::integer as sure from ${stateRows(after, directory)} order by value`,
      )
      expect(rows).toHaveLength(people - 15 + 10)
      expect(carriedOn).toEqual(rows)
    })
  })

  it('is not written down where it is most of the state: loading that takes less', async () => {
    await job(async (on) => {
      const { after } = await foldOf(on, 200, 'most')
      expect(after.delta).toBeUndefined()
      expect(after.files.reduce((sum, part) => sum + part.rows, 0)).toBe(people - 195 + 10)
    })
  })
})
