import { fork } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { conflict, fault, invalid, type MusterError, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { openDeadline } from '../deadline.ts'
import type { Answer, Task } from './task.ts'

const reader = fileURLToPath(new URL('./reader.ts', import.meta.url))

// https://sqlite.org/rescode.html, the primary codes.
const busy = [5, 6]
const full = 13
const cannotOpen = 14
const notADatabase = 26

/** Has a process of its own do the task, and ends it with the deadline. */
export async function readSqlite(
  path: string,
  task: Task,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Exclude<Answer, { error: string }>> {
  await proveFile(path)
  const deadline = openDeadline(options.timeoutMs, options.signal)
  const before = deadline.reason()
  if (before) throw before
  const child = fork(reader, {
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const end = (): void => reject(deadline.reason())
      deadline.signal.addEventListener('abort', end, { once: true })
      child.once('message', (message) => (isAnswer(message) ? resolve(message) : reject(died())))
      child.once('error', reject)
      child.once('exit', () => reject(died()))
      child.send({ path, task }, (error) => error && reject(error))
    })
    if ('error' in answer) throw sqliteError(path, answer)
    return answer
  } finally {
    child.removeAllListeners()
    child.on('error', () => {})
    await gone(child)
  }
}

/** Killed if need be: an extraction's file may be removed only when nobody writes it any more. */
async function gone(child: ReturnType<typeof fork>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}

function died(): MusterError {
  return transient('connection_lost', 'the process that reads SQLite ended before it had answered', {
    hint: 'Run it again; if it happens again the machine may be short of memory.',
  })
}

function isAnswer(message: unknown): message is Answer {
  return isObject(message) && ('rows' in message || 'count' in message || 'error' in message)
}

async function proveFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (!found)
    throw invalid('no_such_file', `there is no file ${path}`, { hint: 'Correct `path` in the source.' })
  if (found.isDirectory()) {
    throw invalid('is_directory', `${path} is a directory, not a SQLite file`, {
      hint: 'Set `path` in the source to the database file itself.',
    })
  }
}

function sqliteError(
  path: string,
  { error, code }: { readonly error: string; readonly code: number },
): MusterError {
  const primary = code & 0xff
  if (primary === notADatabase) {
    return invalid('not_sqlite', `${path} is not a SQLite database`, {
      hint: 'Correct `path` in the source.',
    })
  }
  if (primary === cannotOpen) {
    return invalid('no_permission', `${path} cannot be opened: ${error}`, {
      hint: 'Give the user that runs Muster the right to read it and its directory.',
    })
  }
  if (busy.includes(primary)) {
    return conflict('file_locked', `another process writes ${path}: ${error}`, {
      hint: 'Let it end its transaction; with journal_mode WAL readers do not wait for writers.',
    })
  }
  if (primary === full || /ENOSPC/.test(error)) {
    return transient('disk_full', 'the rows do not fit on the disk of the data directory', {
      hint: 'Free some space, then run again.',
    })
  }
  if (code === 0) return fault('sqlite_reader', `reading SQLite failed: ${error}`)
  return invalid('sql_error', `the database refuses the SQL: ${error}`, {
    hint: /not authorized|prohibited/.test(error)
      ? 'A model reads only the tables of its source; other files and settings are out of its reach.'
      : 'Mend the SQL of the model, then try again.',
  })
}
