import type { Config, Person, Speech } from '@muster/connectors/conformance/source.ts'
import { sourceContract } from '@muster/connectors/conformance/source.ts'
import { source } from '@muster/connectors/sources/mysql/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MariadbServer, startMariadb } from './mariadb.ts'

const mysqlText = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`

const speech: Speech = {
  text: mysqlText,
  hasNul: true,
  failing: `case when id = '3' then (select 1 union select 2) else id end`,
  endless: 'select concat(seq, md5(seq), md5(seq), md5(seq)) as id from seq_1_to_1000000000000',
  numbers: (n) => `select seq as id from seq_1_to_${n}`,
  place: 'none',
  types: {
    big: { sql: 'cast(9007199254740993 as signed)', text: '9007199254740993' },
    positive: { sql: 'cast(18446744073709551615 as unsigned)', text: '18446744073709551615' },
    exact: { sql: 'cast(12345678901234567.890 as decimal(20, 3))', text: '12345678901234567.890' },
    yes: { sql: 'true', text: '1' },
    day: { sql: "date '2024-02-29'", text: '2024-02-29' },
    moment: { sql: "timestamp'2024-02-29 12:34:56.789012'", text: '2024-02-29 12:34:56.789012' },
    uuid: {
      sql: "cast('0D9F0B2E-8c1a-4f0e-9b1a-7c1d2e3f4a5b' as uuid)",
      text: '0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b',
    },
    nothing: { sql: 'cast(null as char)', text: null },
  },
  refused: [
    'select wipe() as id',
    'select nextval(counter) as id',
    "select id from X into outfile '/tmp/muster-stolen'",
    'select id from X into @stolen',
    'select 1 as id /*! ; drop table X */',
    'select 1 as id; /*! drop table X */',
    'select 1) as a; drop table X -- ',
    'handler X open',
    'do sleep(0)',
    'call wipe_all()',
    'lock tables X write',
    'set global max_connections = 1',
    "load data infile '/etc/passwd' into table X",
    "load data local infile '/etc/passwd' into table X",
    "replace into X values ('9', 'x', 'y')",
    'create temporary table mine as select 1 as id',
    'start transaction',
    'flush tables',
    'show tables',
    'explain select 1',
    "prepare mine from 'select 1'",
    "execute immediate 'drop table X'",
    'begin not atomic delete from X; end',
    'select ? as id',
    'delete from X returning id',
  ],
}

let server: MariadbServer
beforeAll(async () => {
  server = await startMariadb()
})
afterAll(() => server.stop())

const account = (config: Config, user: string): Config => ({ ...config, user, password: `p-${user}` })

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'shop', name: 'customers' },
  speech,
  fill: async (_directory, people) => {
    server.run(schema(people))
    const config = { host: '127.0.0.1', port: server.port, database: 'shop' }
    return account(config, 'reader')
  },
  network: {
    address: ({ host, port }) => ({ host: String(host), port: Number(port) }),
    at: (config, port) => ({ ...config, port }),
    wrongLogin: (config, secret) => ({ ...config, password: secret }),
  },
  roles: { writer: (config) => account(config, 'writer'), reader: (config) => config },
  engine: (config) => account(config, 'writer'),
})

describe('MySQL', () => {
  it('finds a text exactly, whatever the collation takes for equal', async () => {
    const open = await source.open(
      account({ host: '127.0.0.1', port: server.port, database: 'shop' }, 'reader'),
    )
    const sql = `select 'Köln ' as city union all select 'koln' union all select 'Köln'`
    expect(await open.find(sql, 'city', 'Köln')).toEqual([{ city: 'Köln' }])
  })
})

function schema(people: readonly Person[]): string {
  const text = (value: string | null): string => (value === null ? 'null' : mysqlText(value))
  const rows = people.map(({ id, crm_id, city }) => `(${[id, crm_id, city].map(text).join(', ')})`)
  return `
    create database shop character set utf8mb4;
    use shop;
    create table customers (id varchar(64) primary key, crm_id varchar(64), city varchar(64));
    insert into customers values ${rows.join(', ')};
    create sequence counter;
    delimiter //
    create function wipe() returns int begin delete from customers; return 1; end //
    create procedure wipe_all() delete from customers //
    delimiter ;
    create user reader@'%' identified by 'p-reader';
    create user writer@'%' identified by 'p-writer';
    create database muster;
    grant all on muster.* to writer@'%';
    grant select, execute on shop.* to reader@'%';
    grant select, insert, update, delete on shop.* to writer@'%';`
}
