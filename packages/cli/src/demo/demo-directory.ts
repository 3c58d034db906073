import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { openDataDirectory } from '@muster/server/data-directory.ts'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'

const marker = 'demo'

/** A data directory that is ready for a walk from the beginning. */
export interface DemoDirectory {
  readonly path: string
  /** True when an earlier demo's data was deleted. */
  readonly again: boolean
}

/**
 * Makes a data directory ready. What an earlier demo left there, finished or killed, is deleted. One that holds
 * anybody else's data stays as it is: when it was asked for it is refused, else the demo takes the one beside it,
 * `.muster-demo`.
 */
export async function prepareDemoDirectory(path: string, wasAsked: boolean): Promise<DemoDirectory> {
  const entries = await readdir(path).catch((): string[] => [])
  const isDemo = entries.includes(marker)
  if (entries.length > 0 && !isDemo) {
    if (!wasAsked) return prepareDemoDirectory(`${path}-demo`, true)
    throw invalid('not_a_demo', `${path} holds data that no demo made`, {
      hint: 'Choose another directory for the demo with --data-dir; this one stays as it is.',
    })
  }
  if (isDemo) {
    const directory = await openDataDirectory(path, { secretKey: null, patienceMs: 10_000 })
    await removeEmbeddedPostgres(path)
    for (const entry of entries) {
      if (entry !== marker && entry !== 'lock') await rm(join(path, entry), { recursive: true, force: true })
    }
    await directory.release()
    return { path, again: true }
  }
  await mkdir(path, { recursive: true })
  await writeFile(
    join(path, marker),
    'A data directory of `muster demo`, which deletes it when it begins again.\n',
  )
  return { path, again: false }
}
