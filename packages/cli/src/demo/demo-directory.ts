import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { openDataDirectory } from '@muster/server/data-directory.ts'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'

const marker = 'demo'

/**
 * Makes the data directory ready for a walk from the beginning. What an earlier demo left there, finished or killed, is
 * deleted; a directory that holds anybody else's data is refused. Returns true when there was an earlier demo.
 */
export async function prepareDemoDirectory(path: string): Promise<boolean> {
  await mkdir(path, { recursive: true })
  const entries = await readdir(path)
  const isDemo = entries.includes(marker)
  if (entries.length > 0 && !isDemo) {
    throw invalid('not_a_demo', `${path} holds data that no demo made`, {
      hint: 'Choose another directory for the demo with --data-dir; this one stays as it is.',
    })
  }
  await writeFile(
    join(path, marker),
    'A data directory of `muster demo`, which deletes it when it begins again.\n',
  )
  if (!isDemo) return false
  const directory = await openDataDirectory(path, { secretKey: null, patienceMs: 10_000 })
  await removeEmbeddedPostgres(path)
  for (const entry of entries) {
    if (entry !== marker && entry !== 'lock') await rm(join(path, entry), { recursive: true, force: true })
  }
  await directory.release()
  return existsSync(path)
}
