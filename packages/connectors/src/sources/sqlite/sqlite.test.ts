import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Speech, sourceContract } from '../../conformance/source.ts'
import { source } from './index.ts'

const counting = (end: string): string =>
  `with recursive n(i) as (select 1 union all select i + 1 from n${end})`

const speech: Speech = {
  text: (value) =>
    value
      .split('\0')
      .map((part) => `'${part.replaceAll("'", "''")}'`)
      .join(' || char(0) || '),
  hasNul: true,
  failing: `case when id = '3' then json('{' || id) else id end`,
  endless: `${counting('')} select i || hex(randomblob(32)) as id from n`,
  numbers: (n) => `${counting(` where i < ${n}`)} select i as id from n`,
  place: 'none',
  types: {
    big: { sql: '9007199254740993', text: '9007199254740993' },
    real: { sql: '0.1', text: '0.1' },
    exact: { sql: `'12345678901234567.890'`, text: '12345678901234567.890' },
    yes: { sql: 'true', text: '1' },
    moment: { sql: "datetime('2024-02-29 12:34:56')", text: '2024-02-29 12:34:56' },
    absent: { sql: 'null', text: null },
  },
  refused: [
    "attach '/tmp/muster-other.sqlite' as other",
    'pragma writable_schema = on',
    'pragma query_only = off',
    "vacuum into '/tmp/muster-stolen.sqlite'",
    "select load_extension('/tmp/evil.so') as id",
    'select * from pragma_database_list',
    "replace into X values ('9', 'x', 'y')",
    "insert into X values ('9', 'x', 'y') returning id",
    'create temp table mine as select 1 as id',
    'savepoint here',
    'reindex X',
    'analyze',
    'explain select 1',
  ],
}

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: null, name: 'customers' },
  speech,
  fill: async (directory, people) => {
    const path = join(directory, 'shop.sqlite')
    const database = new DatabaseSync(path)
    database.exec('create table customers (id text primary key, crm_id text, city text)')
    const insert = database.prepare('insert into customers values (?, ?, ?)')
    for (const { id, crm_id, city } of people) insert.run(id, crm_id, city)
    database.close()
    return { path }
  },
})

describe('a SQLite file that cannot be read', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-sqlite-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const describeAt = async (path: string): Promise<unknown> => {
    const open = await source.open({ path })
    expect(await open.check()).toMatchObject({ ok: false })
    return open.describe('select 1 as one').catch((error: unknown) => error)
  }

  it('is named when it is missing, a directory, or something else', async () => {
    expect(await describeAt(join(directory, 'none.sqlite'))).toMatchObject({ code: 'no_such_file' })
    expect(await describeAt(directory)).toMatchObject({ code: 'is_directory' })
    const path = join(directory, 'text.sqlite')
    await writeFile(path, 'hello '.repeat(2_000))
    expect(await describeAt(path)).toMatchObject({ code: 'not_sqlite' })
  })
})
