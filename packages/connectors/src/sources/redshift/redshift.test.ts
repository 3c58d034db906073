import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPostgresServer, type PostgresServer, postgresSpeech } from '../../conformance/postgres-server.ts'
import { sourceContract } from '../../conformance/source.ts'
import { source } from './index.ts'

// No Redshift runs here: its source is proven on PostgreSQL, whose protocol and catalogue it has.
let server: PostgresServer
beforeAll(async () => {
  server = await openPostgresServer()
})
afterAll(() => server.close())

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'public', name: 'customers' },
  speech: postgresSpeech,
  fill: async (_directory, people) => {
    await server.fill(people)
    return server.config
  },
  network: {
    address: ({ host, port }) => ({ host: String(host), port: Number(port) }),
    at: (config, port) => ({ ...config, host: '127.0.0.1', port }),
    wrongLogin: (config, secret) => ({ ...config, password: secret }),
  },
  roles: { writer: (config) => server.asWriter(config), reader: (config) => config },
})

it('listens on its own port where none is given', () => {
  expect(source.dialect).toBe('redshift')
  source.parse({ host: 'cluster.example.com', database: 'dev', user: 'muster' })
})
