import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FileColumn, writeRows } from './row-file.ts'

const columns: readonly FileColumn[] = [
  { name: 'n', type: 'bigint' },
  { name: 'value', type: 'varchar' },
  { name: 'at', type: 'timestamptz' },
]
/** Texts that a CSV on the way could take for something else. */
const texts = [
  '\\N',
  'NULL',
  '',
  '=1',
  'a,"b"',
  'line\nbreak',
  'line\r\nbreak',
  '\ufeffmark',
  ' blank ',
  null,
  '🙂',
]

async function* rows(): AsyncGenerator<(string | number | null)[]> {
  for (const [n, text] of texts.entries()) yield [n, text, n === 0 ? null : '2026-11-23T10:00:00.000Z']
}

describe('a file of rows', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-rows-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('says why it cannot be written where it was asked for', async () => {
    for (const name of ['none/sent.csv', 'none/sent.parquet'])
      await expect(writeRows(join(directory, name), columns, rows(), () => {})).rejects.toMatchObject({
        code: 'not_written',
        message: expect.stringContaining('its folder does not exist'),
      })
    await expect(writeRows(directory, columns, rows(), () => {})).rejects.toMatchObject({
      code: 'not_written',
      message: `${directory} cannot be written: it is a folder`,
    })
    expect(await readdir(directory)).toEqual([])
  })

  it('as Parquet has its columns in their types and every text as it was', async () => {
    const path = join(directory, 'sent.PARQUET')
    expect(await writeRows(path, columns, rows(), () => {})).toBe(texts.length)
    const instance = await DuckDBInstance.create(':memory:')
    try {
      const connection = await instance.connect()
      const types = await connection.runAndReadAll(`describe select * from '${path}'`)
      expect(types.getRowsJS().map((row) => row[1])).toEqual([
        'BIGINT',
        'VARCHAR',
        'TIMESTAMP WITH TIME ZONE',
      ])
      const found = await connection.runAndReadAll(
        `select hex(value), "at" is null from '${path}' order by n`,
      )
      const hex = (text: string | null) =>
        text === null ? null : Buffer.from(text).toString('hex').toUpperCase()
      expect(found.getRowsJS()).toEqual(texts.map((text, n) => [hex(text), n === 0]))
    } finally {
      instance.closeSync()
    }
    expect(await readdir(directory)).toEqual(['sent.PARQUET'])
  })

  it('as CSV has a head line and quotes what needs it', async () => {
    const path = join(directory, 'sent.csv')
    await writeRows(path, columns, rows(), () => {})
    const written = await readFile(path, 'utf8')
    expect(written.startsWith('n,value,at\r\n0,\\N,\r\n1,NULL,2026-11-23T10:00:00.000Z\r\n')).toBe(true)
    expect(written).toContain('\r\n4,"a,""b""",')
  })

  it('that fails leaves nothing', async () => {
    async function* broken(): AsyncGenerator<string[]> {
      yield ['1', 'a', '']
      throw new Error('the server went away')
    }
    for (const name of ['a.csv', 'a.parquet']) {
      await expect(writeRows(join(directory, name), columns, broken(), () => {})).rejects.toThrow('went away')
    }
    expect(await readdir(directory)).toEqual([])
  })
})
