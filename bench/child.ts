import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Client, createClient } from '@muster/core/api/client.ts'
import { type Routes, routes } from '@muster/core/api/routes.ts'
import { fault } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { Stage } from './bench.ts'

/** A process of its own, so that its memory is its own too. */
export interface Child {
  /** The first line that it prints, as JSON: it prints one when it is ready. */
  readonly ready: unknown
  /** Seconds from the start of the process to that line. */
  readonly seconds: number
  /** The most memory that it ever had, in MiB; null where the system does not tell. */
  peakMiB(): Promise<number | null>
  /** The memory that it has now. */
  nowMiB(): Promise<number | null>
  stop(): Promise<void>
}

/** Starts a script of Node and waits for its first line. Throws a `fault` with what it said when it ends before. */
export async function startChild(
  stage: Pick<Stage, 'defer'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const began = performance.now()
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const exited = once(child, 'exit')
  const stop = (): Promise<void> => stopChild(child, exited)
  stage.defer(stop)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => null)])
  if (line === null) throw fault('child_ended', `${args[0]} ended before it was ready: ${said.trim()}`)
  const seconds = (performance.now() - began) / 1_000
  return { ready: JSON.parse(String(line[0])), seconds, ...memoryOf(child.pid), stop }
}

async function stopChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await exited
  }
}

function memoryOf(pid: number | undefined): Pick<Child, 'peakMiB' | 'nowMiB'> {
  const read = async (line: string): Promise<number | null> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const kib = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    return kib === undefined ? null : Number(kib) / 1_024
  }
  return { peakMiB: () => read('VmHWM'), nowMiB: () => read('VmRSS') }
}

export interface MusterChild extends Child {
  readonly address: string
  readonly client: Client<Routes>
}

const program = join(import.meta.dirname, '../packages/cli/bin/muster.js')

/** Starts `muster serve` as a user does, on any free port. */
export async function startMuster(
  stage: Pick<Stage, 'defer'>,
  options: {
    readonly dataDirectory: string
    readonly only?: 'sync' | 'engage'
    readonly environment?: Readonly<Record<string, string>>
  },
): Promise<MusterChild> {
  const half = options.only === undefined ? [] : ['--only', options.only]
  const args = [program, 'serve', '--json', '--port', '0', '--data-dir', options.dataDirectory, ...half]
  const child = await startChild(stage, args, options.environment)
  const address = isObject(child.ready) ? String(child.ready.address) : ''
  return { ...child, address, client: clientOf(address) }
}

function clientOf(address: string): Client<Routes> {
  return createClient(routes, async ({ method, url, body }) => {
    const response = await fetch(new URL(url, address), {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    })
    return { status: response.status, body: await response.text() }
  })
}
