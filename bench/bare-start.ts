import { createServer } from 'node:http'
import { startEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
import pg from 'pg'

// The limit of bench/start.ts: takes a data directory; prints a line when PostgreSQL and node:http answer.
const postgres = await startEmbeddedPostgres(process.argv[2] ?? '')
const client = new pg.Client({ connectionString: postgres.url })
await client.connect()
await client.query('select 1')
await client.end()
const server = createServer((_, response) => response.end())
server.listen(0, '127.0.0.1', () => process.stdout.write('{"ready":true}\n'))
process.once('SIGTERM', () => {
  server.close()
  void postgres.stop()
})
