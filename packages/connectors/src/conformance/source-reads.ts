import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { quoteName } from '@muster/core/sync/quote-name.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { expect, it } from 'vitest'
import { people, type SourceUnderTest } from './source-setup.ts'

const never = new AbortController().signal

/** Texts that get lost where a value passes through a form that was not made for it. */
const texts = [
  '',
  ' ',
  'trailing blanks  ',
  '\ttab',
  'null',
  'NULL',
  '\\N',
  '"',
  '""',
  "it's",
  'a,b;c|d',
  'line\nfeed',
  'carriage\r\nreturn',
  '\\',
  '\\n',
  '\\\\n\\\\',
  '\\e\\\\e',
  '\\\t\\\n\\r\b\f\v\\',
  '007',
  '1e3',
  '9007199254740993',
  'é',
  'e\u0301',
  'ﬁ',
  'straße',
  'Ω漢字',
  '👩‍👧',
]

/** What is read: columns, rows, their text. */
export function readContract({ setup, select, open, config, emptyDirectory }: SourceUnderTest): void {
  const { speech, catalog } = setup

  it('says that it can be reached', async () => {
    expect(await open().check()).toMatchObject({ ok: true, warnings: expect.any(Array) })
  })

  it('shows what can be read, with the types of the columns', async () => {
    const { tables, complete } = await open().browse(never)
    expect(complete).toBe(true)
    const found = tables.find((table) => table.schema === catalog.schema && table.name === catalog.name)
    expect(found?.columns.map((column) => column.name)).toEqual(['id', 'crm_id', 'city'])
    for (const { type } of found?.columns ?? []) expect(type).toMatch(/^[A-Za-z]/)
  })

  it('describes the columns of a statement without reading rows', async () => {
    const columns = await open().describe(`${select} -- no rows`)
    expect(columns.map((column) => column.name)).toEqual(['id', 'crm_id', 'city'])
    for (const column of columns) expect(column.type).toMatch(/^[A-Za-z]/)
  })

  it('previews at most as many rows as asked, every value as text or null', async () => {
    expect(await open().preview(`${select} order by id;`, 2)).toEqual(people.slice(0, 2))
  })

  it('finds rows by the text of a column', async () => {
    expect(await open().find(select, 'id', '3')).toEqual([people[2]])
    expect(await open().find(select, 'city', "L'Aquila")).toEqual([people[1]])
    expect(await open().find(select, 'id', "' or true --")).toEqual([])
    expect(await open().find(select, 'id', '\\')).toEqual([])
  })

  it('extracts the named columns of all rows as text', async () => {
    const files = await open().extract(select, ['crm_id', 'id'], await emptyDirectory(), never)
    expect(files.rows).toBe(people.length)
    const byId = (a: Row, b: Row): number => Number(a.id) - Number(b.id)
    expect((await rowsIn(files)).sort(byId)).toEqual(people.map(({ crm_id, id }) => ({ crm_id, id })))
  })

  it('gives the SELECT of an extraction, whose rows are the same', async () => {
    const items = Object.entries(speech.types).map(([name, { sql }]) => `${sql} as ${name}`)
    const sql = `select ${items.join(', ')} -- of each type one;`
    const names = Object.keys(speech.types)
    const text = await open().selectText(sql, names)
    const again = await open().extract(`select * from (${text}) t`, names, await emptyDirectory(), never)
    const once = await open().extract(sql, names, await emptyDirectory(), never)
    expect(await rowsIn(again)).toEqual(await rowsIn(once))
  })

  it('copies the rows of an extraction out by a statement of the engine, or has no such way', async () => {
    const { copyOut } = open()
    if (!copyOut) return expect(copyOut).toBeUndefined()
    const directory = await emptyDirectory()
    const copy = (rows: string): string =>
      `copy (select crm_id, id, id::integer % 2 as part from ${rows}) to '${directory}/laid' (format parquet, partition_by (part))`
    expect(await copyOut(select, ['crm_id', 'id'], copy, directory, never)).toBe(people.length)
    const paths = (await readdir(join(directory, 'laid'), { recursive: true }))
      .filter((name) => name.endsWith('.parquet'))
      .map((name) => join(directory, 'laid', name))
    const byId = (a: Row, b: Row): number => Number(a.id) - Number(b.id)
    const laid = await rowsIn({ format: 'parquet', paths, rows: people.length })
    expect(laid.sort(byId)).toEqual(people.map(({ crm_id, id }) => ({ crm_id, id })))
    const outside = `copy (select 1) to '${directory}-outside.parquet'`
    const other = await emptyDirectory()
    await expect(copyOut(select, ['id'], () => outside, other, never)).rejects.toMatchObject({
      code: 'sql_error',
    })
    expect(await readdir(other)).toEqual([])
  })

  it('extracts no row as a file with no row', async () => {
    const files = await open().extract(`${select} where 1 = 0`, ['id'], await emptyDirectory(), never)
    expect(files.rows).toBe(0)
    expect(await rowsIn(files)).toEqual([])
  })

  it('takes a statement that ends in a comment or a semicolon', async () => {
    for (const end of [' -- all of them', ';', ' ; -- all of them\n']) {
      const files = await open().extract(`${select}${end}`, ['id'], await emptyDirectory(), never)
      expect(files.rows).toBe(people.length)
    }
  })

  it('gives every text as it is, and keeps the empty one apart from null', async () => {
    const values = [...texts, ...(speech.hasNul ? ['nul\0l'] : [])]
    const rows = values.map((value, n) => `select ${n} as n, ${speech.text(value)} as id`)
    const sql = `${rows.join(' union all ')} union all select ${values.length}, null`
    const expected = [...values, null].map((id, n) => ({ n: String(n), id }))
    const byNumber = (a: { n?: unknown }, b: { n?: unknown }): number => Number(a.n) - Number(b.n)
    expect([...(await open().preview(sql, 100))].sort(byNumber)).toEqual(expected)
    const both = await open().extract(sql, ['n', 'id'], await emptyDirectory(), never)
    expect((await rowsIn(both)).sort(byNumber)).toEqual(expected)
    const alone = await open().extract(sql, ['id'], await emptyDirectory(), never)
    expect((await rowsIn(alone)).map((row) => String(row.id)).sort()).toEqual(
      [...values, null].map(String).sort(),
    )
  })

  it('reads each type as one text, the same in preview, find and extraction', async () => {
    const items = Object.entries(speech.types).map(([name, { sql }]) => `${sql} as ${name}`)
    const sql = `select ${items.join(', ')}`
    const expected = Object.fromEntries(Object.entries(speech.types).map(([name, { text }]) => [name, text]))
    expect(await open().preview(sql, 1)).toEqual([expected])
    const names = Object.keys(speech.types)
    expect(await rowsIn(await open().extract(sql, names, await emptyDirectory(), never))).toEqual([expected])
    for (const [name, { text }] of Object.entries(speech.types)) {
      if (text !== null) expect([name, await open().find(sql, name, text)]).toEqual([name, [expected]])
    }
  })

  it('keeps names of columns that must be quoted', async () => {
    const name = 'Odd name'
    const sql = `select id as ${quoteName(setup.source.dialect, name)} from ${setup.table} where id = '1'`
    expect((await open().describe(sql)).map((column) => column.name)).toEqual([name])
    expect(await open().find(sql, name, '1')).toEqual([{ [name]: '1' }])
    expect(await rowsIn(await open().extract(sql, [name], await emptyDirectory(), never))).toEqual([
      { [name]: '1' },
    ])
  })

  it('extracts a million rows', async () => {
    const files = await open().extract(speech.numbers(1_000_000), ['id'], await emptyDirectory(), never)
    expect(files.rows).toBe(1_000_000)
    const sums = 'select count(*)::int as rows, sum(id::bigint)::varchar as sum'
    expect(await queryRows(files, sums)).toEqual([{ rows: 1_000_000, sum: '500000500000' }])
  })

  it('serves several reads at a time', async () => {
    const reads = await Promise.all([
      open().preview(`${select} order by id`, 1),
      open().describe(select),
      open().extract(select, ['id'], await emptyDirectory(), never),
      open().find(select, 'id', '2'),
    ])
    expect(reads[0]).toEqual([people[0]])
    expect(reads[2].rows).toBe(3)
    expect(reads[3]).toEqual([people[1]])
  })

  it('warns of a role that can write, and not of one that can only read', async () => {
    if (!setup.roles) return expect((await open().check()).warnings).toEqual([])
    const warningsOf = async (changed: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const other = await setup.source.open(changed)
      const check = await other.check()
      await other.close()
      expect(check).toMatchObject({ ok: true })
      return check.warnings
    }
    expect(await warningsOf(await setup.roles.writer(config()))).toContainEqual(
      expect.stringMatching(/can write/),
    )
    expect(await warningsOf(await setup.roles.reader(config()))).not.toContainEqual(
      expect.stringMatching(/can write/),
    )
  })

  it('changes nothing in what it reads', async () => {
    expect(await open().preview(`${select} order by id`, 10)).toEqual(people)
  })
}

type Row = Record<string, unknown>

/** The rows of an extraction in any order, as the engine reads them. */
function rowsIn(files: RowFiles): Promise<Row[]> {
  return queryRows(files, 'select *')
}

async function queryRows(files: RowFiles, select: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll(`${select} from ${rowFilesSql(files)}`)
    return reader.getRowObjects()
  } finally {
    instance.closeSync()
  }
}
