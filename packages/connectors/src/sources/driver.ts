import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { invalid } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'

/**
 * Loads the driver of a database, an optional peer: the one installed beside Muster, else the one of the directory
 * that the process was started in (Muster itself may run from npx's cache). `no_driver` where there is neither. What
 * it gives is unknown; the source checks the few functions that it calls.
 */
export async function loadDriver(name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = pathFrom(import.meta.url, name) ?? pathFrom(join(process.cwd(), 'package.json'), name)
  const found: unknown = path === null ? null : await import(pathToFileURL(path).href)
  if (isObject(found)) return found
  throw invalid('no_driver', `the driver ${name} is not installed`, {
    hint: `Run npm install ${name} in the directory that Muster is started from, then try again.`,
  })
}

/** The file of the package as a module at that place would find it; null where it finds none. */
function pathFrom(place: string, name: string): string | null {
  try {
    return createRequire(place).resolve(name)
  } catch (error) {
    return absent(error, name)
  }
}

/** Only that the package itself is not there is an answer; a driver that breaks while loading is an error. */
function absent(error: unknown, name: string): null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  if (isMissing && error instanceof Error && error.message.includes(`'${name}'`)) return null
  throw error
}
