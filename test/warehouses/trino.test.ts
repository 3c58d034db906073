import { sourceContract } from '@muster/connectors/conformance/source.ts'
import { source } from '@muster/connectors/sources/trino/index.ts'
import { afterAll } from 'vitest'
import { type Engine, openEngine } from './duckdb-engine.ts'
import type { LocalServer } from './local-server.ts'
import { openTrinoServer } from './trino-server.ts'
import { warehouseSpeech } from './warehouse-speech.ts'

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
  speech: warehouseSpeech,
  fill: async (_, people) => {
    engine = await openEngine(people)
    server = await openTrinoServer(engine)
    return {
      host: '127.0.0.1',
      port: server.port,
      user: 'reader',
      password: 'secret',
      catalog: 'memory',
      schema: 'main',
    }
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
