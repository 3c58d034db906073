import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Config, Person, Speech } from './source-setup.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

/** A database of its own on the test run's PostgreSQL, with a role that may only read and one that may write. */
export interface PostgresServer {
  readonly url: string
  /** Of the role that may only read. */
  readonly config: Config
  run(sql: string): Promise<void>
  fill(people: readonly Person[]): Promise<void>
  asWriter(config: Config): Config
  /** How many extractions of this role are under way. */
  statementsOf(role: string): Promise<number>
  close(): Promise<void>
}

export async function openPostgresServer(): Promise<PostgresServer> {
  const name = `source_${randomBytes(6).toString('hex')}`
  const [reader, writer] = [`${name}_reader`, `${name}_writer`]
  const url = new URL(inject('postgresUrl'))
  const ask = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    return await client.query(sql).finally(() => client.end())
  }
  const once = async (sql: string): Promise<void> => void (await ask(sql))
  await once(`create database ${name}`)
  for (const role of [reader, writer]) await once(`create role ${role} login password 'p-${role}'`)
  url.pathname = `/${name}`
  await once(`grant pg_read_all_data to ${reader}, ${writer}; grant pg_write_all_data to ${writer};
    grant create on database ${name} to ${writer}`)
  return {
    url: url.href,
    config: {
      host: url.hostname,
      port: Number(url.port),
      database: name,
      user: reader,
      password: `p-${reader}`,
    },
    run: once,
    fill: async (people) => {
      const quoted = (text: string | null): string =>
        text === null ? 'null' : `'${text.replaceAll("'", "''")}'`
      const rows = people.map(({ id, crm_id, city }) => `(${[id, crm_id, city].map(quoted).join(', ')})`)
      await once(`create table customers (id text primary key, crm_id text, city text);
        insert into customers values ${rows.join(', ')};
        create sequence counter;
        grant usage on sequence counter to ${reader};
        create function wipe() returns text language sql security definer as $$ delete from customers returning id $$`)
    },
    asWriter: (config) => ({ ...config, user: writer, password: `p-${writer}` }),
    statementsOf: async (role) => {
      const active = `select from pg_stat_activity where usename = '${role}' and state = 'active' and query like 'copy%'`
      return (await ask(active)).rowCount ?? 0
    },
    close: async () => {
      url.pathname = '/postgres'
      await once(`drop database ${name} with (force)`)
      await once(`drop role ${reader}, ${writer}`)
    },
  }
}

/** What the suite says to PostgreSQL. */
export const postgresSpeech: Speech = {
  text: (value) => `'${value.replaceAll("'", "''")}'`,
  hasNul: false,
  failing: `case when id = '3' then (1 / (length(id) - 1))::text else id end`,
  endless: 'select n::text || repeat(md5(n::text), 4) as id from generate_series(1, 100000000000) as n',
  numbers: (n) => `select n as id from generate_series(1, ${n}) as n`,
  place: 'column',
  types: {
    big: { sql: '9007199254740993::bigint', text: '9007199254740993' },
    exact: { sql: '12345678901234567.890::numeric(20, 3)', text: '12345678901234567.890' },
    yes: { sql: 'true', text: 'true' },
    no: { sql: 'false', text: 'false' },
    day: { sql: "date '2024-02-29'", text: '2024-02-29' },
    moment: { sql: "timestamp '2024-02-29 12:34:56.789012'", text: '2024-02-29 12:34:56.789012' },
    zoned: { sql: "timestamptz '2024-02-29 12:34:56+02'", text: '2024-02-29 10:34:56+00' },
    uuid: {
      sql: "'0D9F0B2E-8c1a-4f0e-9b1a-7c1d2e3f4a5b'::uuid",
      text: '0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b',
    },
    padded: { sql: "'ab '::varchar(5)", text: 'ab ' },
    nothing: { sql: 'null::text', text: null },
  },
  refused: [
    'select wipe() as id',
    "select nextval('counter') as id",
    "select setval('counter', 9) as id",
    "select set_config('transaction_read_only', 'off', false) as id, wipe()",
    'select id from X for update',
    'copy X to stdout',
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd') as id",
    'set transaction read write',
    'set session characteristics as transaction read write',
    'show all',
    'call wipe()',
    'do $$ begin delete from X; end $$',
    'prepare mine as select 1',
    'explain select 1',
    'lock table X',
    'vacuum X',
    'merge into X using (select 1) as one on false when not matched then insert values (9)',
    'select $1 as id',
    "select 1 as id; /* ' */ drop table X; -- '",
    'select $$a$$ as id; drop table X',
    "select e'\\'; drop table X; --' as id; drop table X",
  ],
}
