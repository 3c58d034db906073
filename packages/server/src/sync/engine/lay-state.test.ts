import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bucketExpression, locate } from './bucket-sql.ts'
import { inJob, type Job, parquet } from './duckdb-job.ts'
import { layState, writeState } from './lay-state.ts'
import { type State, stateShape } from './state.ts'

const people = 500

describe('a state in buckets', () => {
  let directory: string
  let state: State
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-lay-'))
    await mkdir(join(directory, 'before'))
    const rows = `
      select 'external_id' as namespace, 'c' || n as value, n::usmallint as hash, 'k' || n as row_key, n % 10 > 0 as sure
      from range(${people}) as person (n)`
    state = await job((on) => writeState(on, { rows, bits: 2, directory, folder: 'before' }))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const job = <T>(work: (on: Job) => Promise<T>): Promise<T> =>
    inJob({ directory, signal: new AbortController().signal }, work)
  const laidIn = async (from: State, bits: number, folder: string): Promise<State | null> => {
    await mkdir(join(directory, folder))
    return job((on) => layState(on, { state: from, bits, directory, folder }))
  }
  const content = (of: State, where = 'true'): Promise<object[]> =>
    job((on) => {
      const paths = of.files.filter(({ rows }) => rows > 0).map(({ file }) => join(directory, file))
      return on.rows(`from ${parquet(paths, stateShape)} where ${where} order by value`)
    })
  const everyMemberIsAtHome = async (of: State): Promise<void> => {
    for (const [bucket, part] of of.files.entries()) {
      const alone = { ...of, files: [part] }
      expect(await content(alone, `${bucketExpression(of.bits)} <> ${bucket}`)).toEqual([])
    }
  }

  it('stays as it is while hash and number of buckets are the same', async () => {
    expect(await laidIn(state, 2, 'same')).toBe(state)
    expect(state).toMatchObject({ bits: 2, members: 450 })
    expect(state.files.map(({ rows }) => rows).reduce((sum, rows) => sum + rows)).toBe(people)
    await everyMemberIsAtHome(state)
  })

  it('is the same set in more buckets', async () => {
    const finer = await laidIn(state, 4, 'finer')
    expect(finer).toMatchObject({ bits: 4, members: 450 })
    expect(finer?.files.length).toBe(16)
    expect(finer && (await content(finer))).toEqual(await content(state))
    if (finer) await everyMemberIsAtHome(finer)
  })

  it('is the same set after a DuckDB that hashed otherwise, or from the time before the fingerprint', async () => {
    const [first, ...others] = state.files
    for (const hashing of ['another', undefined]) {
      const { hashing: _, ...plain } = { ...state, files: first ? [...others, first] : [] }
      const foreign: State = hashing === undefined ? plain : { ...plain, hashing }
      const laid = await laidIn(foreign, 2, `foreign-${hashing}`)
      expect(laid?.hashing).toBe(state.hashing)
      expect(laid && (await content(laid))).toEqual(await content(state))
      if (laid) await everyMemberIsAtHome(laid)
    }
  })

  it('refuses to be laid out anew where a file is damaged', async () => {
    const damaged = { ...state, files: state.files.map((part) => ({ ...part, rows: part.rows + 1 })) }
    await expect(laidIn(damaged, 3, 'damaged')).rejects.toMatchObject({ code: 'files_damaged' })
  })

  it('tells where an identifier lies: in its bucket, whichever the number of buckets, and anywhere after another hash', async () => {
    const bucketIn = await job((on) => locate(on, { namespace: 'external_id', value: 'c7' }))
    const bucket = bucketIn(state)
    const holding = await Promise.all(
      state.files.map(async (part) => (await content({ ...state, files: [part] }, "value = 'c7'")).length),
    )
    expect(holding.indexOf(1)).toBe(bucket)
    expect(holding.filter((members) => members > 0)).toHaveLength(1)
    expect(bucketIn({ ...state, bits: 0 })).toBe(0)
    expect((bucketIn({ ...state, bits: 5 }) ?? Number.NaN) >>> 3).toBe(bucket)
    expect(bucketIn({ ...state, hashing: 'another' })).toBe(null)
    expect(bucketIn({ bits: 2 })).toBe(null)
  })
})
