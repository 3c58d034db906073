import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fault, messageOf } from '@muster/core/lib/error.ts'
import pg from 'pg'
import {
  type Account,
  canReach,
  findPostgresBinaries,
  postgresAccount,
  systemFolder,
} from './postgres-binaries.ts'

/** A PostgreSQL of our own, in the data directory. */
export interface EmbeddedPostgres {
  readonly url: string
  /** Stops it and waits until its last process is gone. */
  stop(): Promise<void>
}

interface Access {
  readonly password: string
  readonly port: number
}

const settings = [
  'unix_socket_directories=',
  'listen_addresses=127.0.0.1',
  'max_connections=60',
  'shared_buffers=256MB',
  'max_wal_size=2GB',
  'wal_level=minimal',
  'max_wal_senders=0',
  'checkpoint_completion_target=0.9',
  'random_page_cost=1.1',
  'jit=off',
]

/**
 * Starts the cluster of a data directory, making it when there is none. One that an earlier Muster left running
 * (killed without a chance to stop it) is taken over as it is. The caller holds the data directory's lock.
 */
export async function startEmbeddedPostgres(dataDirectory: string): Promise<EmbeddedPostgres> {
  const account = postgresAccount()
  const folder = await clusterFolder(resolve(dataDirectory), account)
  const accessFile = join(resolve(dataDirectory), 'postgres.json')
  const left = await runningPostmaster(folder)
  if (left !== null) {
    const access = await readAccess(accessFile)
    if (access && (await answers(access, 20_000))) return { url: urlOf(access), stop: () => stop(left, null) }
    await stop(left, null)
  }
  await disownPostmasterFile(folder)
  const password = (await readAccess(accessFile))?.password ?? randomBytes(24).toString('hex')
  if (!existsSync(join(folder, 'PG_VERSION'))) await initialise(folder, account, password)
  const access = { password, port: await freePort() }
  await writeAccess(accessFile, access)
  return launchPatiently({ dataDirectory: resolve(dataDirectory), folder, account, access })
}

interface Launch {
  readonly dataDirectory: string
  readonly folder: string
  readonly account: Account | null
  readonly access: Access
}

/**
 * After the postmaster alone was killed its other processes take a moment to notice, and until they are gone
 * PostgreSQL refuses to start on their shared memory.
 */
async function launchPatiently(of: Launch): Promise<EmbeddedPostgres> {
  for (let waited = 0; ; waited += 250) {
    const log = join(of.dataDirectory, 'postgres.log')
    const size = (await stat(log).catch(() => null))?.size ?? 0
    try {
      return await launch(of)
    } catch (error) {
      const said = (await readFile(log, 'utf8')).slice(size)
      if (!said.includes('shared memory') || waited >= 20_000) throw error
      await sleep(250)
    }
  }
}

async function launch({ dataDirectory, folder, account, access }: Launch): Promise<EmbeddedPostgres> {
  const { postgres } = await findPostgresBinaries(account)
  const log = await open(join(dataDirectory, 'postgres.log'), 'a', 0o600)
  const flags = [...settings, `port=${access.port}`].flatMap((setting) => ['-c', setting])
  // A group of its own: Ctrl-C in the terminal must reach Muster first, which then stops PostgreSQL in order.
  const child = spawn(postgres, ['-D', folder, ...flags], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`it ended with code ${code}`)))
  })
  failed.catch(() => {})
  const pid = child.pid
  try {
    if (pid === undefined) await failed
    if (!(await Promise.race([answers(access, 60_000), failed])))
      throw new Error('it did not answer within 60 s')
  } catch (cause) {
    child.kill('SIGQUIT')
    throw fault('postgres_failed', `the embedded PostgreSQL did not start: ${messageOf(cause)}`, {
      hint: `Read ${join(dataDirectory, 'postgres.log')}.`,
      cause,
    })
  }
  const stopAtExit = (): void => void child.kill('SIGINT')
  process.once('exit', stopAtExit)
  return {
    url: urlOf(access),
    stop: async () => {
      await stop(pid ?? 0, child)
      process.off('exit', stopAtExit)
    },
  }
}

/** "Fast" shutdown: open transactions are rolled back, everything acknowledged stays. */
async function stop(pid: number, child: ChildProcess | null): Promise<void> {
  if (child) {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGINT')
    await gone
    return
  }
  signal(pid, 'SIGINT')
  for (let waited = 0; isAlive(pid); waited += 50) {
    if (waited > 60_000)
      throw fault('postgres_stays', `the embedded PostgreSQL (process ${pid}) does not stop`)
    await sleep(50)
  }
}

/**
 * The cluster lies in the data directory. For root it must be reachable by another account; where a parent folder
 * forbids that, the data directory holds a link to a folder below /var/lib/muster.
 */
async function clusterFolder(dataDirectory: string, account: Account | null): Promise<string> {
  const inside = join(dataDirectory, 'postgres')
  const known = await lstat(inside).catch(() => null)
  if (known?.isSymbolicLink()) return readlink(inside)
  if (known) return inside
  if (account === null || canReach(account, dataDirectory)) return inside
  const outside = join(systemFolder, `cluster-${randomBytes(8).toString('hex')}`)
  await mkdir(systemFolder, { recursive: true, mode: 0o755 })
  await symlink(outside, inside)
  return outside
}

/**
 * Stops what still runs on the cluster of a data directory and deletes it, wherever it lies. The caller holds the data
 * directory's lock.
 */
export async function removeEmbeddedPostgres(dataDirectory: string): Promise<void> {
  const inside = join(resolve(dataDirectory), 'postgres')
  const known = await lstat(inside).catch(() => null)
  if (!known) return
  const folder = known.isSymbolicLink() ? await readlink(inside) : inside
  const pid = await runningPostmaster(folder)
  if (pid !== null) await stop(pid, null)
  await rm(folder, { recursive: true, force: true })
  await rm(inside, { recursive: true, force: true })
}

/** Where the cluster of a data directory lies. */
export async function clusterOf(dataDirectory: string): Promise<string> {
  const inside = join(resolve(dataDirectory), 'postgres')
  const known = await lstat(inside).catch(() => null)
  return known?.isSymbolicLink() ? readlink(inside) : inside
}

/** Builds the cluster beside its place and moves it there whole: a kill in the middle leaves nothing that looks done. */
async function initialise(folder: string, account: Account | null, password: string): Promise<void> {
  const { initdb } = await findPostgresBinaries(account)
  const half = `${folder}.new`
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { recursive: true, mode: 0o700 })
  const passwordFile = `${folder}.password`
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (account) {
    await chown(half, account.uid, account.gid)
    await chown(passwordFile, account.uid, account.gid)
  }
  try {
    const flags = [
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]
    await runToEnd(
      initdb,
      ['-D', half, '-U', 'muster', `--pwfile=${passwordFile}`, '--locale=C', ...flags],
      account,
    )
    await rm(folder, { recursive: true, force: true })
    await rename(half, folder)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

async function runToEnd(program: string, args: readonly string[], account: Account | null): Promise<void> {
  const child = spawn(program, args, { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const code = await new Promise<number | null>((done, reject) => {
    child.once('error', reject)
    child.once('close', done)
  })
  if (code !== 0) throw fault('initdb_failed', `PostgreSQL's initdb failed: ${said.trim() || `code ${code}`}`)
}

/** The process id of a postmaster that still runs on this cluster, or null. */
async function runningPostmaster(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  if (!(pid > 0) || !isAlive(pid)) return null
  // After a restart of the machine the number may belong to another program.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')
  return command.includes('postgres') ? pid : null
}

/**
 * A postmaster that is dead but not yet reaped, or whose number another program has by now, would keep PostgreSQL from
 * starting. The file must stay, because it leads PostgreSQL to shared memory that is still in use; with the number of
 * its own parent in it PostgreSQL takes the file for what it is: left over.
 */
async function disownPostmasterFile(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) await writeFile(file, text.replace(/^\d+/, String(process.pid)))
}

async function answers(access: Access, patienceMs: number): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += 20) {
    const client = new pg.Client({ connectionString: urlOf(access), connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return true
    } catch (error) {
      if (/password|authentication/i.test(messageOf(error))) return false
      await sleep(20)
    }
  }
  return false
}

function urlOf({ password, port }: Access): string {
  return `postgres://muster:${password}@127.0.0.1:${port}/postgres`
}

async function readAccess(file: string): Promise<Access | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  const { password, port }: { password?: unknown; port?: unknown } = JSON.parse(text)
  return typeof password === 'string' && typeof port === 'number' ? { password, port } : null
}

async function writeAccess(file: string, access: Access): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(access), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', done)
  })
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw fault('no_port', 'no free port was found')
  return address.port
}

function isAlive(pid: number): boolean {
  return signal(pid, 0)
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
