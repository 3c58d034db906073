import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { isSettled } from '@muster/core/sync/run.ts'
import type { RunView } from '@muster/server/sync/sync.ts'
import type { SyncHarness } from '../e2e/sync-harness.ts'

/** Processes of the sync half (sync-child.ts) that are killed from outside. */
export interface SyncChildren {
  /** Begins a run, or resumes what is there; resolves when it is at work. */
  start(half: SyncHarness, what: 'begin' | 'resume'): Promise<ChildProcess>
  kill(child: ChildProcess): Promise<void>
  close(): void
}

export function openSyncChildren(): SyncChildren {
  const children: ChildProcess[] = []
  return {
    start: async (half, what) => {
      const key = half.secretKey.toString('hex')
      const program = join(import.meta.dirname, 'sync-child.ts')
      const args = [program, half.database.url, half.directory, key, what]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      await once(child.stdout ?? child, 'data')
      return child
    },
    kill: async (child) => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    close: () => {
      for (const child of children.splice(0)) child.kill('SIGKILL')
    },
  }
}

/** The run once it is settled, or as it is after so long. */
export async function settledRun({ sync }: SyncHarness, id: string, longestMs: number): Promise<RunView> {
  const until = Date.now() + longestMs
  let run = await sync.run(id, 0)
  while (!isSettled(run.status) && Date.now() < until) run = await sync.run(id, 5_000)
  return run
}
