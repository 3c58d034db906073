import { generateKeyPairSync } from 'node:crypto'
import { sourceContract } from '@muster/connectors/conformance/source.ts'
import { source } from '@muster/connectors/sources/snowflake/index.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from './duckdb-engine.ts'
import type { LocalServer } from './local-server.ts'
import { openSnowflakeServer } from './snowflake-server.ts'
import { backslashSpeech } from './warehouse-speech.ts'

let engine: Engine
let server: LocalServer
afterAll(async () => {
  await server.close()
  engine.close()
})

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'main', name: 'customers' },
  speech: backslashSpeech,
  fill: async (_, people) => {
    engine = await openEngine(people)
    server = await openSnowflakeServer(engine)
    return {
      account: 'local',
      host: '127.0.0.1',
      port: server.port,
      user: 'reader',
      password: 'secret',
      warehouse: 'w',
      database: 'memory',
    }
  },
  network: {
    address: () => ({ host: '127.0.0.1', port: server.port }),
    // The driver asks for a chunk ten times, longer and longer apart; the deadline ends that.
    at: (config, port) => ({ ...config, port, statement_timeout: '15s' }),
    wrongLogin: (config, password) => ({ ...config, password }),
  },
  roles: {
    writer: (config) => ({ ...config, user: 'writer' }),
    reader: (config) => ({ ...config, user: 'reader' }),
  },
})

describe('Snowflake', () => {
  const config = () => ({
    account: 'local',
    host: '127.0.0.1',
    port: server.port,
    user: 'reader',
    warehouse: 'w',
    database: 'memory',
  })

  it('is logged in to by a key pair', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const open = await source.open({ ...config(), private_key: privateKey })
    expect(await open.preview('select 1 as one', 1)).toEqual([{ one: '1' }])
    await open.close()
    expect(() => source.parse({ ...config(), private_key: privateKey, password: 'secret' })).toThrow(
      /one of them/,
    )
  })

  it('finds a column whose name it made upper case', async () => {
    const open = await source.open({ ...config(), password: 'secret' })
    expect(await open.find('select id as "ID" from customers', 'id', '2')).toEqual([{ ID: '2' }])
    const both = 'select id as "ID", city as "id_" from customers'
    await expect(open.find(both, 'Id_x', '2')).rejects.toMatchObject({ code: 'sql_error' })
    await open.close()
  })

  it('is asked for nothing but logins and queries: no telemetry', () => {
    const places = server.asked.map((asked) => asked.replace(/^\w+ /, '').replace(/^(\/\w+)\/.*/, '$1'))
    expect([...new Set(places)].sort()).toEqual(['/chunk', '/queries', '/session'])
  })
})
