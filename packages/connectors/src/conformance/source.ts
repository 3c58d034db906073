import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { SealedSource } from '@muster/core/sync/connector.ts'
import type { OpenSource } from '@muster/core/sync/source.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** What a source must be told so that the suite can be run against it. */
export interface SourceSetup {
  readonly source: SealedSource
  /** Puts these people where the source reads: columns `id`, `crm_id`, `city`; returns the configuration. */
  readonly fill: (directory: string, people: readonly Person[]) => Promise<unknown>
  /** The FROM item that names them. */
  readonly table: string
}

export interface Person {
  readonly id: string
  readonly crm_id: string | null
  readonly city: string | null
}

const people: readonly Person[] = [
  { id: '1', crm_id: '007', city: 'Köln' },
  { id: '2', crm_id: null, city: "L'Aquila" },
  { id: '3', crm_id: 'C-3', city: null },
]

/** The contract that every source keeps (core/sync/source.ts). */
export function sourceContract({ source, fill, table }: SourceSetup): void {
  describe(`source ${source.name}`, () => {
    let directory: string
    let open: OpenSource
    const never = new AbortController().signal
    const emptyDirectory = (): Promise<string> => mkdtemp(join(directory, 'out-'))
    const select = `select id, crm_id, city from ${table}`

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'muster-source-'))
      open = await source.open(await fill(directory, people))
    })
    afterAll(async () => {
      await open.close()
      await rm(directory, { recursive: true, force: true })
    })

    it('says that it can be reached', async () => {
      expect(await open.check()).toMatchObject({ ok: true })
    })

    it('describes the columns of a statement without reading rows', async () => {
      const columns = await open.describe(`${select} -- no rows`)
      expect(columns.map((column) => column.name)).toEqual(['id', 'crm_id', 'city'])
      for (const column of columns) expect(column.type).toMatch(/^[A-Z]/)
    })

    it('previews at most as many rows as asked, every value as text or null', async () => {
      const rows = await open.preview(`${select} order by id;`, 2)
      expect(rows).toEqual(people.slice(0, 2))
    })

    it('finds rows by the text of a column', async () => {
      expect(await open.find(select, 'id', '3')).toEqual([people[2]])
      expect(await open.find(select, 'city', "L'Aquila")).toEqual([people[1]])
      expect(await open.find(select, 'id', "' or true --")).toEqual([])
    })

    it('extracts the named columns of all rows as text', async () => {
      const out = await emptyDirectory()
      const files = await open.extract(select, ['crm_id', 'id'], out, never)
      expect(files.rows).toBe(people.length)
      expect(await rowsIn(files.paths)).toEqual(people.map(({ crm_id, id }) => ({ crm_id, id })))
    })

    it('extracts no row as a file with no row', async () => {
      const files = await open.extract(`${select} where false`, ['id'], await emptyDirectory(), never)
      expect(files.rows).toBe(0)
      expect(await rowsIn(files.paths)).toEqual([])
    })

    it('leaves no file behind when the read fails in the middle', async () => {
      const out = await emptyDirectory()
      const broken = `select case when id = '3' then error('gone') else id end as id from ${table}`
      await expect(open.extract(broken, ['id'], out, never)).rejects.toMatchObject({ code: 'sql_error' })
      expect(await readdir(out)).toEqual([])
    })

    it('stops an extraction when asked, and leaves no file', async () => {
      const out = await emptyDirectory()
      const abort = new AbortController()
      const long = `select (random() * range)::varchar as id from ${table}, range(2000000000)`
      const read = open.extract(long, ['id'], out, abort.signal)
      setTimeout(() => abort.abort(), 200)
      await expect(read).rejects.toMatchObject({ kind: 'transient' })
      expect(await readdir(out)).toEqual([])
    })

    it('names the place of an SQL error', async () => {
      const error = await open.describe(`select id,\n  nam\nfrom ${table}`).catch((e: unknown) => e)
      expect(error).toMatchObject({
        kind: 'invalid',
        code: 'sql_error',
        details: [{ where: 'line 2, column 3' }],
      })
      const syntax = await open.describe(`select id\nfrom ${table} wher x y`).catch((e: unknown) => e)
      expect(syntax).toMatchObject({
        code: 'sql_error',
        details: [{ where: expect.stringMatching(/^line 2, column \d+$/) }],
      })
    })

    it.each([
      'create table mine as select 1',
      `delete from X`,
      `update X set id = 'x'`,
      `drop table X`,
      'select 1; select 2',
      `select 1; drop table X`,
      '',
      '-- nothing',
      "attach '/tmp/other.duckdb' as other",
      'install httpfs',
      'set enable_external_access = true',
      'pragma enable_profiling',
      "select * from read_text('/etc/passwd')",
      "select * from read_csv('/etc/passwd')",
      "select * from glob('/etc/*')",
      "copy (select 1) to '/tmp/muster-stolen.csv'",
      'select 1) to stdout; --',
      'select $1',
    ])('refuses %j', async (sql) => {
      const statement = sql.replace('X', table)
      await expect(open.preview(statement, 1)).rejects.toMatchObject({ kind: 'invalid', code: 'sql_error' })
      const out = await emptyDirectory()
      await expect(open.extract(statement, ['id'], out, never)).rejects.toMatchObject({ code: 'sql_error' })
      expect(await readdir(out)).toEqual([])
    })

    it('changes nothing in what it reads', async () => {
      expect(await open.preview(`${select} order by id`, 10)).toEqual(people)
    })
  })
}

async function rowsIn(paths: readonly string[]): Promise<object[]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    const list = paths.map((path) => `'${path}'`).join(', ')
    const reader = await connection.runAndReadAll(`from read_parquet([${list}]) order by id`)
    return reader.getRowObjects()
  } finally {
    instance.closeSync()
  }
}

/** Writes the people as CSV, nulls as empty fields. */
export async function writePeopleCsv(path: string, rows: readonly Person[]): Promise<void> {
  const line = (row: Person): string => [row.id, row.crm_id ?? '', row.city ?? ''].join(',')
  await writeFile(path, ['id,crm_id,city', ...rows.map(line), ''].join('\n'))
}
