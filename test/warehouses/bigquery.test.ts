import { generateKeyPairSync } from 'node:crypto'
import { sourceContract } from '@muster/connectors/conformance/source.ts'
import { source } from '@muster/connectors/sources/bigquery/index.ts'
import { afterAll, describe, expect, it } from 'vitest'
import { openBigqueryServer } from './bigquery-server.ts'
import { type Engine, openEngine } from './duckdb-engine.ts'
import type { LocalServer } from './local-server.ts'
import { backslashSpeech } from './warehouse-speech.ts'

let engine: Engine
let server: LocalServer
afterAll(async () => {
  await server.close()
  engine.close()
})

const keys = (): { readonly privateKey: string; readonly publicKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const { privateKey, publicKey } = keys()

function keyFile(name: string, key: string, id = 'key'): string {
  const client_email = `${name}@local.iam.gserviceaccount.com`
  return JSON.stringify({ type: 'service_account', client_email, private_key: key, private_key_id: id })
}

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'main', name: 'customers' },
  speech: {
    ...backslashSpeech,
    types: { ...backslashSpeech.types, nothing: { sql: 'cast(null as string)', text: null } },
    refused: [
      ...backslashSpeech.refused,
      'declare x int64; set x = 1',
      'export data options (uri = "gs://x") as select 1',
    ],
  },
  fill: async (_, people) => {
    engine = await openEngine(people)
    server = await openBigqueryServer(engine, publicKey)
    return {
      project: 'local',
      dataset: 'shop',
      credentials: keyFile('reader', privateKey),
      endpoint: `http://127.0.0.1:${server.port}`,
    }
  },
  network: {
    address: () => ({ host: '127.0.0.1', port: server.port }),
    at: (config, port) => ({ ...config, endpoint: `http://127.0.0.1:${port}` }),
    wrongLogin: (config, id) => ({ ...config, credentials: keyFile('reader', keys().privateKey, id) }),
  },
  roles: {
    writer: (config) => ({ ...config, credentials: keyFile('writer', privateKey) }),
    reader: (config) => ({ ...config, credentials: keyFile('reader', privateKey) }),
  },
})

describe('credentials of BigQuery', () => {
  it('are those of a service account alone', () => {
    const outside = { type: 'external_account', credential_source: { url: 'http://169.254.169.254/' } }
    expect(() => source.parse({ project: 'p', credentials: JSON.stringify(outside) })).toThrow(
      /service account/,
    )
    expect(() => source.parse({ project: 'p', credentials: '{' })).toThrow(/JSON/)
  })
})
