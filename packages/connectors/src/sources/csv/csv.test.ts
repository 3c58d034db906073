import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
    const path = join(directory, 'people.csv')
    await writePeopleCsv(path, people)
    return { path }
  },
})

describe('CSV files', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-csv-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const preview = async (path: string): Promise<unknown> =>
    (await source.open({ path }))
      .preview('select * from rows order by 1', 10)
      .catch((error: unknown) => error)

  it('are read together by a pattern, whatever their delimiter', async () => {
    await writeFile(join(directory, 'a-1.csv'), 'id,name\n007,Jo\n')
    await writeFile(join(directory, 'a-2.csv'), 'id;name\n017;"An; n"\n')
    expect(await preview(join(directory, 'a-*.csv'))).toEqual([
      { id: '007', name: 'Jo' },
      { id: '017', name: 'An; n' },
    ])
  })

  it('that are not UTF-8 are named, with the line', async () => {
    const path = join(directory, 'latin.csv')
    await writeFile(path, Buffer.from('id,name\n1,Jo\n2,J\xfcrgen\n3,x\n', 'latin1'))
    expect(await preview(path)).toMatchObject({
      code: 'not_utf8',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('iconv'),
      details: [{ where: 'line 3' }],
    })
  })

  it('that are not UTF-8 far behind the sample are named as well, and leave no file', async () => {
    const path = join(directory, 'late.csv')
    const good = Array.from({ length: 60_000 }, (_, n) => `${n},name${n}`).join('\n')
    await writeFile(path, Buffer.from(`id,name\n${good}\n60000,J\xfcrgen\n`, 'latin1'))
    const open = await source.open({ path })
    const out = await mkdtemp(join(directory, 'out-'))
    const read = open.extract('select * from rows', ['id', 'name'], out, new AbortController().signal)
    await expect(read).rejects.toMatchObject({ code: 'not_utf8', message: expect.stringContaining(path) })
  })

  it('with a line of too few fields are named, with the line', async () => {
    const path = join(directory, 'short.csv')
    const good = Array.from({ length: 60_000 }, (_, n) => `${n},name${n}`).join('\n')
    await writeFile(path, `id,name\n${good}\nlonely\n`)
    const open = await source.open({ path })
    const out = await mkdtemp(join(directory, 'out-'))
    const read = open.extract('select * from rows', ['id'], out, new AbortController().signal)
    await expect(read).rejects.toMatchObject({ code: 'bad_csv', details: [{ where: 'line 60002' }] })
  })

  it('that are missing are named', async () => {
    expect(await preview(join(directory, 'none.csv'))).toMatchObject({ code: 'no_such_file' })
    expect(await preview(join(directory, 'none-*.csv'))).toMatchObject({ code: 'no_such_file' })
    expect(await preview(directory)).toMatchObject({ code: 'is_directory' })
  })

  it('that are empty give no rows', async () => {
    const path = join(directory, 'header.csv')
    await writeFile(path, 'id,name\n')
    expect(await preview(path)).toEqual([])
  })
})
