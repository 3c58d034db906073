import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceContract } from '@muster/connectors/conformance/source.ts'
import type { Speech } from '@muster/connectors/conformance/source-setup.ts'
import { source } from '@muster/connectors/sources/clickhouse/index.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { type ClickhouseServer, openClickhouseServer } from './clickhouse-server.ts'

let server: ClickhouseServer
afterAll(() => server.close())

const speech: Speech = {
  text: (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`,
  hasNul: true,
  failing: `concat(id, toString(throwIf(id = '3', 'gone')))`,
  endless: 'select toString(number + rand64() % 100) as id from numbers(200000000000000)',
  numbers: (n) => `select number + 1 as id from numbers(${n})`,
  // It tells the place of a syntax error alone.
  place: 'none',
  types: {
    big: { sql: 'toInt64(9007199254740993)', text: '9007199254740993' },
    huge: {
      sql: "toUInt128('340282366920938463463374607431768211455')",
      text: '340282366920938463463374607431768211455',
    },
    exact: { sql: "toDecimal128('12345678901234567.895', 3)", text: '12345678901234567.895' },
    yes: { sql: 'true', text: 'true' },
    day: { sql: "toDate('2024-02-29')", text: '2024-02-29' },
    moment: { sql: "toDateTime64('2024-02-29 12:34:56.789012', 6)", text: '2024-02-29 12:34:56.789012' },
    uuid: {
      sql: "toUUID('0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b')",
      text: '0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b',
    },
    rare: { sql: "toLowCardinality('seldom')", text: 'seldom' },
    list: { sql: '[1, 2]', text: '[1,2]' },
    nothing: { sql: 'null', text: null },
  },
  refused: [
    'optimize table X',
    'system shutdown',
    'rename table X to Y',
    'create temporary table mine (id String)',
    "insert into function file('/tmp/muster-stolen.csv', 'CSV', 'id String') select id from X",
    "select id from X into outfile '/tmp/muster-stolen.csv'",
    'select id from X format Null',
    'kill query where 1',
    'set readonly = 0',
  ],
}

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'default', name: 'customers' },
  speech,
  fill: async (_, people) => {
    server = await openClickhouseServer(people)
    return { host: '127.0.0.1', port: server.port, user: 'reader', password: 'secret' }
  },
  network: {
    address: () => ({ host: '127.0.0.1', port: server.port }),
    at: (config, port) => ({ ...config, port }),
    wrongLogin: (config, password) => ({ ...config, password }),
  },
  roles: {
    writer: (config) => ({ ...config, user: 'writer' }),
    reader: (config) => ({ ...config, user: 'reader' }),
  },
})

describe('a read of ClickHouse that fails after its first rows', () => {
  it('is refused with the exception at the end of the bytes, and leaves no file', async () => {
    const open = await source.open({
      host: '127.0.0.1',
      port: server.port,
      user: 'reader',
      password: 'secret',
    })
    const directory = await mkdtemp(join(tmpdir(), 'muster-clickhouse-'))
    const late = "select toString(number + throwIf(number = 5000000, 'gone')) as id from numbers(6000000)"
    const read = open.extract(late, ['id'], directory, new AbortController().signal)
    await expect(read).rejects.toMatchObject({ code: 'sql_error', message: expect.stringContaining('gone') })
    expect(await readdir(directory)).toEqual([])
    await expect(open.find(late, 'id', '5500000')).rejects.toMatchObject({ code: 'sql_error' })
    await open.close()
    await rm(directory, { recursive: true })
  })
})
