import { createDestinationIo } from '@muster/connectors/http/http-io.ts'
import { connectors } from '@muster/connectors/registry.ts'
import { silentLog } from '@muster/core/lib/log.ts'
import { openDatabase } from '@muster/server/db/database.ts'
import { openSync, type Sync } from '@muster/server/sync/sync.ts'

/** The sync half in a process that is made to die, at the harness's database and directory. Nothing of it is begun. */
export function openChildSync(
  [url = '', directory = '', key = '']: readonly string[],
  requestDeadlineMs: number,
): Sync {
  return openSync({
    database: openDatabase({ url, role: 'muster_sync' }),
    dataDirectory: directory,
    connectors,
    secretKey: Buffer.from(key, 'hex'),
    io: createDestinationIo(),
    link: (path) => `https://muster.example${path}`,
    clock: Date.now,
    log: silentLog,
    requestDeadlineMs,
  })
}
