import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SyncHarness } from '../e2e/sync-harness.ts'
import { type CrashOrder, CrashReport, Unsynced } from './crash-order.ts'

/** How a child's life ended: at a boundary of this kind, or by itself with a report. */
export type Life =
  | { readonly died: string; readonly unsynced: Unsynced; readonly report: null }
  | { readonly died: null; readonly report: CrashReport }

/** Processes of the sync half that die when they are told to; the next one always starts in advance. */
export interface CrashChildren {
  /** With `killAfterMs` it is killed after that time, wherever it is then. */
  live(order: CrashOrder, killAfterMs?: number): Promise<Life>
  close(): void
}

interface Spare {
  readonly child: ChildProcess
  said: string
}

const longestLifeMs = 90_000

export function openCrashChildren(half: SyncHarness): CrashChildren {
  const start = (): Spare => {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'crash-child.ts'),
        half.database.url,
        half.directory,
        half.secretKey.toString('hex'),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        env: { ...process.env, NODE_COMPILE_CACHE: join(half.directory, 'compile-cache') },
      },
    )
    const spare = { child, said: '' }
    child.stdout?.on('data', (chunk) => {
      spare.said += String(chunk)
    })
    return spare
  }
  let spare = start()
  return {
    live: async (order, killAfterMs) => {
      const life = spare
      spare = start()
      let report: CrashReport | null = null
      life.child.on('message', (message) => {
        report = CrashReport.parse(message)
      })
      life.child.send(order)
      const killed =
        killAfterMs === undefined ? undefined : setTimeout(() => life.child.kill('SIGKILL'), killAfterMs)
      const hung = setTimeout(() => life.child.kill('SIGTERM'), longestLifeMs)
      const [code, signal] = await once(life.child, 'close')
      clearTimeout(killed)
      clearTimeout(hung)
      if (signal === 'SIGKILL') {
        const [died = '', unsynced = '{"contents":[],"names":[]}'] = life.said.trim().split('\n')
        return { died, unsynced: Unsynced.parse(JSON.parse(unsynced)), report: null }
      }
      if (code === 0 && report !== null) return { died: null, report }
      throw new Error(`a child ended with ${code ?? signal}`)
    },
    close: () => void spare.child.kill('SIGKILL'),
  }
}
