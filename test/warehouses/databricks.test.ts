import { sourceContract } from '@muster/connectors/conformance/source.ts'
import { source } from '@muster/connectors/sources/databricks/index.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { selfSigned } from './certificate.ts'
import { openDatabricksServer } from './databricks-server.ts'
import { type Engine, openEngine } from './duckdb-engine.ts'
import type { LocalServer } from './local-server.ts'
import { backslashSpeech } from './warehouse-speech.ts'

let engine: Engine
let server: LocalServer
afterAll(async () => {
  await server.close()
  engine.close()
})
const tls = selfSigned()
const configOf = (port: number) => ({
  host: '127.0.0.1',
  port,
  http_path: '/sql/1.0/warehouses/local',
  token: 'reader',
  catalog: 'memory',
})

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'main', name: 'customers' },
  speech: backslashSpeech,
  fill: async (_, people) => {
    engine = await openEngine(people)
    server = await openDatabricksServer(engine, tls)
    return { ...configOf(server.port), ca: tls.cert }
  },
  network: {
    address: () => ({ host: '127.0.0.1', port: server.port }),
    at: (config, port) => ({ ...config, port }),
    wrongLogin: (config, token) => ({ ...config, token }),
  },
  roles: {
    writer: (config) => ({ ...config, token: 'writer' }),
    reader: (config) => ({ ...config, token: 'reader' }),
  },
})

describe('a server of Databricks', () => {
  it('whose certificate nobody proves is not believed', async () => {
    const open = await source.open(configOf(server.port))
    await expect(open.describe('select 1 as one')).rejects.toMatchObject({
      kind: 'denied',
      code: 'tls_refused',
    })
  })

  it('is asked for statements alone: no telemetry, no feature flags', () => {
    expect(new Set(server.asked)).toEqual(new Set(['POST /sql/1.0/warehouses/local']))
  })
})
