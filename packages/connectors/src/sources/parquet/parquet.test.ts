import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbSpeech } from '../../conformance/duckdb-speech.ts'
import { sourceContract, writePeopleCsv } from '../../conformance/source.ts'
import { source } from './index.ts'

sourceContract({
  source,
  table: 'rows',
  catalog: { schema: null, name: 'rows' },
  speech: duckdbSpeech,
  fill: async (directory, people) => {
    await writePeopleCsv(join(directory, 'people.csv'), people)
    const path = join(directory, 'people.parquet')
    await write(path, `from read_csv('${directory}/people.csv', all_varchar = true)`)
    return { path }
  },
})

describe('Parquet files', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-parquet-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('are read together by a pattern, columns by name', async () => {
    await write(join(directory, 'a-1.parquet'), `select 1::bigint as id, 'x' as name`)
    await write(join(directory, 'a-2.parquet'), `select 'y' as name, 2::bigint as id, true as vip`)
    const open = await source.open({ path: join(directory, 'a-*.parquet') })
    expect(await open.preview('select id, name, vip from rows order by id', 9)).toEqual([
      { id: '1', name: 'x', vip: null },
      { id: '2', name: 'y', vip: 'true' },
    ])
    expect(await open.describe('select id, vip from rows')).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'vip', type: 'BOOLEAN' },
    ])
  })

  it('that are none are named', async () => {
    const path = join(directory, 'text.parquet')
    await writeFile(path, 'hello '.repeat(100))
    const open = await source.open({ path })
    expect(await open.check()).toMatchObject({ ok: false })
    await expect(open.describe('select * from rows')).rejects.toMatchObject({
      code: 'bad_parquet',
      message: expect.stringContaining(path),
    })
  })
})

async function write(path: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`copy (${select}) to '${path}' (format parquet)`)
  connection.closeSync()
  instance.closeSync()
}
