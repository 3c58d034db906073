import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory, and those above it that are not there; one that is there is left as it is. Node's own recursive `mkdir`
 * never ends below a directory that takes none and says ENOENT, such as /proc.
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  await mkdir(path, { mode }).catch(async (error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || (await stat(parent).catch(() => null)) !== null) throw error
    await makeDirectory(parent, mode)
    await mkdir(path, { mode })
  })
}
