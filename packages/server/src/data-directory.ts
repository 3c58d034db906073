import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { conflict, invalid, messageOf } from '@muster/core/lib/error.ts'
import { z } from 'zod'
import { makeDirectory } from './make-directory.ts'

/** The layout of a data directory; raised when an older Muster could not read it. */
const format = 1

/** A data directory that this process holds alone until `release`. */
export interface DataDirectory {
  readonly path: string
  /** Identifies the data directory. */
  readonly instance: string
  /** For AES-256-GCM. */
  readonly secretKey: Buffer
  /** Lets a remote administrator in; loopback needs none. */
  readonly adminToken: string
  release(): Promise<void>
}

const Marker = z.object({ format: z.int(), instance: z.string() })
const Holder = z.object({ pid: z.int(), started: z.string() })
const ServerFile = z.object({ pid: z.int(), started: z.string(), address: z.string() })

/**
 * The data directory of a server, for a worker beside it: shared, so no lock is taken and nothing is made. `conflict`
 * where no server has begun it yet.
 */
export async function shareDataDirectory(
  path: string,
  options: { readonly secretKey: string | null },
): Promise<DataDirectory> {
  await refuseNewer(path)
  const marker = await readJson(join(path, 'muster.json'), Marker)
  const secretKey =
    options.secretKey ?? (await readFile(join(path, 'secret-key'), 'utf8').catch(() => null))?.trim()
  if (!marker || !secretKey) {
    throw conflict('no_data_directory', `no server has begun the data directory ${path} yet`, {
      hint: 'Start muster serve on it first; a worker shares its files and its key.',
    })
  }
  const adminToken = (await readAdminToken(path))?.trim() ?? ''
  const release = async (): Promise<void> => {}
  return { path, instance: marker.instance, secretKey: Buffer.from(secretKey, 'hex'), adminToken, release }
}

/**
 * Makes the directory when there is none and takes its lock. One of a newer format is refused; one that another
 * process holds is waited for up to `patienceMs`.
 */
export async function openDataDirectory(
  path: string,
  options: { readonly secretKey: string | null; readonly patienceMs: number },
): Promise<DataDirectory> {
  // Root's PostgreSQL runs under another account, which must be able to pass through; nothing else here is open to it.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  await makeDirectory(path, mode).catch((cause: unknown) => {
    throw invalid('data_directory', `the data directory ${path} cannot be made: ${messageOf(cause)}`, {
      hint: 'Choose another with --data-dir.',
      cause,
    })
  })
  await refuseNewer(path)
  await takeLock(path, options.patienceMs)
  const markerFile = join(path, 'muster.json')
  const marker = await readJson(markerFile, Marker)
  const instance = marker?.instance ?? randomUUID()
  if (!marker) await writeWhole(markerFile, JSON.stringify({ format, instance }))
  const secretKey =
    options.secretKey ?? (await readOrMake(join(path, 'secret-key'), () => randomBytes(32).toString('hex')))
  const adminToken = await readOrMake(join(path, 'admin-token'), () => randomBytes(24).toString('base64url'))
  return {
    path,
    instance,
    secretKey: Buffer.from(secretKey, 'hex'),
    adminToken,
    release: () => rm(join(path, 'lock'), { force: true }),
  }
}

async function refuseNewer(path: string): Promise<void> {
  const marker = await readJson(join(path, 'muster.json'), Marker)
  if (marker && marker.format > format) {
    throw conflict('newer_data', `the data directory ${path} was made by a newer Muster`, {
      hint: 'Update Muster, or use another data directory with --data-dir.',
    })
  }
}

/** A lock of a process that is gone is taken over. */
async function takeLock(path: string, patienceMs: number): Promise<void> {
  const file = join(path, 'lock')
  const mine = JSON.stringify({ pid: process.pid, started: processStart(process.pid) })
  for (let waited = 0; ; waited += 100) {
    const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null
      throw error
    })
    if (handle) {
      await handle.writeFile(mine)
      return handle.close()
    }
    const holder = await readJson(file, Holder)
    if (!holder || !isRunning(holder)) {
      await rm(file, { force: true })
    } else if (waited >= patienceMs) {
      throw conflict('data_directory_in_use', `process ${holder.pid} is using the data directory ${path}`, {
        hint: 'Wait until it is done, stop it, or use another data directory with --data-dir.',
      })
    } else {
      await sleep(100)
    }
  }
}

/** Lets other commands find the server of this data directory. */
export async function announceServer(path: string, address: string): Promise<void> {
  await writeWhole(
    join(path, 'server.json'),
    JSON.stringify({ pid: process.pid, started: processStart(process.pid), address }),
  )
}

export async function withdrawServer(path: string): Promise<void> {
  await rm(join(path, 'server.json'), { force: true })
}

/** The address of the server that runs on this data directory, or null. */
export async function findServer(path: string): Promise<string | null> {
  const server = await readJson(join(path, 'server.json'), ServerFile)
  return server && isRunning(server) ? server.address : null
}

/** The administrator's token, where this user may read it. */
export async function readAdminToken(path: string): Promise<string | null> {
  return readFile(join(path, 'admin-token'), 'utf8').catch(() => null)
}

function isRunning(holder: { readonly pid: number; readonly started: string }): boolean {
  return processStart(holder.pid) === holder.started && processStart(holder.pid) !== ''
}

/** When a process began, so that a number used again is not taken for the same process; '' when there is none. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    if (process.platform === 'linux') return ''
    try {
      process.kill(pid, 0)
      return 'unknown'
    } catch {
      return ''
    }
  }
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => null)
  if (known !== null) return known.trim()
  const made = make()
  await writeWhole(file, made)
  return made
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
