import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { connectors } from '@muster/connectors/registry.ts'
import { silentLog } from '@muster/core/lib/log.ts'
import { openDatabase } from '@muster/server/db/database.ts'
import { openSync } from '@muster/server/sync/sync.ts'

/** The sync half in a process of its own, to be killed: database URL, data directory, key, and whether to begin a run. */
const [url = '', directory = '', key = '', begin] = process.argv.slice(2)

const sync = openSync({
  database: openDatabase({ url, role: 'muster_sync' }),
  dataDirectory: directory,
  connectors,
  secretKey: Buffer.from(key, 'hex'),
  io: createDestinationIo(),
  link: (path) => `https://muster.example${path}`,
  clock: Date.now,
  log: silentLog,
  requestDeadlineMs: 2_000,
})
sync.start()
if (begin === 'begin') await sync.begin('people', true)
process.stdout.write('ready\n')
