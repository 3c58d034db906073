import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbSpeech } from '../../conformance/duckdb-speech.ts'
import { sourceContract } from '../../conformance/source.ts'
import { source } from './index.ts'

sourceContract({
  source,
  table: 'rows',
  catalog: { schema: null, name: 'rows' },
  speech: duckdbSpeech,
  fill: async (directory, people) => {
    const path = join(directory, 'people.ndjson')
    await writeFile(path, people.map((person) => `${JSON.stringify(person)}\n`).join(''))
    return { path }
  },
})

describe('JSON files', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-json-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const preview = async (name: string, text: string): Promise<unknown> => {
    const path = join(directory, name)
    await writeFile(path, text)
    const open = await source.open({ path })
    return await open.preview('select * from rows', 10).catch((error: unknown) => error)
  }

  it('keep an id as it is written, whether text or number', async () => {
    const rows = '{"id":"007","n":9007199254740993}\n{"id":12345678901234567890123,"n":"2024-02-29"}\n'
    expect(await preview('ids.ndjson', rows)).toEqual([
      { id: '007', n: '9007199254740993' },
      { id: '12345678901234567890123', n: '2024-02-29' },
    ])
  })

  it('may be one array', async () => {
    expect(await preview('array.json', '[\n {"id": 1, "ok": true},\n {"id": 2, "ok": null}\n]\n')).toEqual([
      { id: '1', ok: 'true' },
      { id: '2', ok: null },
    ])
  })

  it('have the columns that any row has, and give what is nested as JSON', async () => {
    const many = Array.from({ length: 30_000 }, (_, n) => `{"id":${n}}\n`).join('')
    await writeFile(join(directory, 'late.ndjson'), `${many}{"id":"last","tags":["a","b"],"in":{"deep":1}}\n`)
    const open = await source.open({ path: join(directory, 'late.ndjson') })
    expect(await open.find('select * from rows', 'id', 'last')).toEqual([
      { id: 'last', tags: '["a","b"]', in: '{"deep":1}' },
    ])
  })

  it('are read together by a pattern', async () => {
    await writeFile(join(directory, 'p-1.json'), '{"id":1}\n')
    await writeFile(join(directory, 'p-2.json'), '{"id":2,"city":"Bonn"}\n')
    const open = await source.open({ path: join(directory, 'p-*.json') })
    expect(await open.preview('select * from rows order by id', 9)).toEqual([
      { id: '1', city: null },
      { id: '2', city: 'Bonn' },
    ])
  })

  it('that are broken are named', async () => {
    expect(await preview('broken.ndjson', '{"id":1}\n{"id":\n')).toMatchObject({
      code: 'bad_json',
      message: expect.stringContaining('broken.ndjson'),
    })
  })

  it('that are missing are named', async () => {
    const open = await source.open({ path: join(directory, 'none.json') })
    await expect(open.describe('select * from rows')).rejects.toMatchObject({ code: 'no_such_file' })
  })
})
