import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real MariaDB of Debian's package, started by hand with a data directory of its own. */
export interface MariadbServer {
  readonly port: number
  /** Runs statements as root, by the server's own client. */
  run(sql: string): void
  stop(): Promise<void>
}

export async function startMariadb(): Promise<MariadbServer> {
  install()
  const directory = await mkdtemp(join(tmpdir(), 'muster-mariadb-'))
  execFileSync('chown', ['mysql:mysql', directory])
  const data = join(directory, 'data')
  const socket = join(directory, 'mariadb.sock')
  execFileSync('mariadb-install-db', [
    '--no-defaults',
    '--user=mysql',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
  const port = await freePort()
  const server = spawn(
    'mariadbd',
    [
      '--no-defaults',
      '--user=mysql',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
    ],
    { stdio: 'ignore' },
  )
  const run = (sql: string): void => {
    const client = ['--no-defaults', `--socket=${socket}`, '--user=root', '--default-character-set=utf8mb4']
    execFileSync('mariadb', client, { input: sql, stdio: ['pipe', 'pipe', 'pipe'] })
  }
  execFileSync('mariadb-admin', [
    '--no-defaults',
    `--socket=${socket}`,
    '--user=root',
    '--wait=30',
    '--connect-timeout=30',
    'ping',
  ])
  return {
    port,
    run,
    stop: async () => {
      server.kill('SIGTERM')
      if (server.exitCode === null) await once(server, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Debian's package would start a server of its own; a policy that says no is in the way of that. */
function install(): void {
  if (existsSync('/usr/sbin/mariadbd')) return
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const quiet = { env: environment, stdio: 'ignore' } as const
  execFileSync('apt-get', ['update', '-qq'], quiet)
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'mariadb-server'], quiet)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
