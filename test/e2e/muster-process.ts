import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'

const program = join(import.meta.dirname, '../../packages/cli/bin/muster.js')

export interface Finished {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** `muster` as a user runs it, on a data directory of its own. */
export interface MusterProcess {
  readonly directory: string
  run(...args: string[]): Promise<Finished>
  /** Runs with `--json` and parses the answer. */
  ask(...args: string[]): Promise<Record<string, unknown>>
  /** `muster serve` on a free port; resolves with its address when it is ready. */
  serve(...args: string[]): Promise<{ readonly address: string; readonly child: ChildProcess }>
  environment: Record<string, string>
  /** Stops what runs and deletes the data directory. */
  close(): Promise<void>
}

export async function openMusterProcess(): Promise<MusterProcess> {
  const parent = await mkdtemp(join(tmpdir(), 'muster-e2e-'))
  const directory = join(parent, 'data')
  const children: ChildProcess[] = []
  const environment: Record<string, string> = {}
  const start = (args: readonly string[]): ChildProcess => {
    const env = { ...process.env, NO_COLOR: '1', MUSTER_DATA_DIR: directory, ...environment }
    const child = spawn(process.execPath, [program, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: parent,
    })
    children.push(child)
    return child
  }
  const run = async (...args: string[]): Promise<Finished> => {
    const child = start(args)
    let out = ''
    let error = ''
    child.stdout?.on('data', (chunk) => {
      out += String(chunk)
    })
    child.stderr?.on('data', (chunk) => {
      error += String(chunk)
    })
    await once(child, 'close')
    return { code: child.exitCode ?? -1, out, error }
  }
  return {
    directory,
    environment,
    run,
    ask: async (...args) => {
      const { code, out, error } = await run(...args, '--json')
      if (code !== 0) throw new Error(`muster ${args.join(' ')} ended with ${code}: ${error}${out}`)
      return JSON.parse(out)
    },
    serve: async (...args) => {
      const child = start(['serve', '--port', '0', ...args])
      const [line] = await Promise.race([
        once(child.stdout ?? child, 'data'),
        once(child, 'close').then(() => Promise.reject(new Error('muster serve ended before it was ready'))),
      ])
      return { address: /http:\S+/.exec(String(line))?.[0] ?? '', child }
    },
    close: async () => {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill('SIGTERM')
        await once(child, 'close')
      }
      await removeEmbeddedPostgres(directory)
      await rm(parent, { recursive: true, force: true })
    },
  }
}
