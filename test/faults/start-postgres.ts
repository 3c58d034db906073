import { startEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'

// Starts the cluster of a data directory, says so, and waits to be killed or asked to stop.
const postgres = await startEmbeddedPostgres(process.argv[2] ?? '')
process.on('SIGTERM', async () => {
  await postgres.stop()
  process.exit(0)
})
process.stdout.write(`${postgres.url}\n`)
setInterval(() => {}, 1_000)
