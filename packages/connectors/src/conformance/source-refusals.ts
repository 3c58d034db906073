import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { people, type SourceUnderTest } from './source-setup.ts'

const never = new AbortController().signal

/** In every dialect; each source adds what its own can do. */
const everywhere = [
  'create table mine as select 1 as id',
  'create table mine (id int)',
  'delete from X',
  `update X set id = 'x'`,
  `insert into X values ('9', 'x', 'y')`,
  'drop table X',
  'truncate table X',
  'alter table X add column more int',
  `with gone as (delete from X returning *) select * from gone`,
  `with gone as (update X set id = 'x' returning id) select id from gone`,
  `with made as (insert into X values ('9', 'x', 'y') returning id) select id from made`,
  'select * into mine from X',
  'select id from X; select 2',
  'select id from X; drop table X',
  'select id from X; delete from X; select 1 as id',
  'select id from X; commit; drop table X',
  'select id from X) as a; drop table X; select * from (select 1 as id',
  'commit; drop table X',
  'rollback; begin; delete from X; commit',
  '/* select */ drop table X',
  '-- select\ndrop table X',
  'explain analyze delete from X',
  'grant all on X to public',
  '',
  ' ;',
  '-- nothing',
  'select 1) to stdout; --',
  'begin',
]

/** A statement that writes, that is more than one or that reaches out of the database is refused. */
export function refusalContract({ setup, select, open, emptyDirectory }: SourceUnderTest): void {
  const statements = [...everywhere, ...setup.speech.refused].map((sql) => sql.replaceAll('X', setup.table))

  it.each(statements)('refuses %j', async (statement) => {
    const refused = { kind: 'invalid', code: 'sql_error' }
    await expect(open().preview(statement, 1)).rejects.toMatchObject(refused)
    const out = await emptyDirectory()
    await expect(open().extract(statement, ['id'], out, never)).rejects.toMatchObject(refused)
    expect(await readdir(out)).toEqual([])
  })

  it.each(statements)('has changed nothing by describing or searching %j', async (statement) => {
    await open()
      .describe(statement)
      .catch(() => null)
    await open()
      .find(statement, 'id', '1')
      .catch(() => null)
    expect(await open().preview(`${select} order by id`, 10)).toEqual(people)
  })
}
