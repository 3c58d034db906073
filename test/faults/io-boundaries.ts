import { subscribe } from 'node:diagnostics_channel'
import fs, { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { DuckDBConnection } from '@duckdb/node-api'
import pg from 'pg'
import {
  type BoundaryKind,
  kindOfEngineStatement,
  kindOfFileCall,
  kindOfStatement,
  type UnknownKind,
} from './boundary-kinds.ts'
import { noteEngineStatement, noteFileCall, unsyncedFiles } from './unsynced-files.ts'

/**
 * Imported first by a process that is to die: wraps what the process does to the world outside of it, so that the product
 * needs no hooks. Nothing is counted before `arm`.
 */

type Kind = BoundaryKind | UnknownKind | null

let deadly = Number.POSITIVE_INFINITY
let failing: { readonly at: number; readonly code: string } | null = null
let armed = false
let met = 0
let onDisk = 0
const counts = new Map<string, number>()

/** From now on boundaries are counted from 1; the process kills itself at the one of this number. */
export function arm(boundary: number): void {
  deadly = boundary
  armed = true
}

/** The `at`th call that changes the disk fails, once, with this code. */
export function failDisk(at: number, code: string): void {
  failing = { at, code }
}

export function countedBoundaries() {
  return { met, onDisk, kinds: Object.fromEntries(counts) }
}

const diskKinds: readonly Kind[] = ['engine write', 'file write', 'fsync', 'rename', 'directory', 'delete']

const spoken: Readonly<Record<string, string>> = {
  ENOSPC: 'No space left on device',
  EIO: 'Input/output error',
  EROFS: 'Read-only file system',
  EACCES: 'Permission denied',
}

/** The error of the disk that is due now; null where there is none. */
function diskError(kind: Kind): Error | null {
  if (!armed || !diskKinds.includes(kind)) return null
  onDisk++
  if (failing === null || onDisk !== failing.at) return null
  const { code } = failing
  const said = spoken[code] ?? code
  writeSync(1, `${code} at ${kind}\n`)
  if (kind === 'engine write') return new Error(`IO Error: Could not write to file: ${said}`)
  return Object.assign(new Error(`${code}: ${said}, ${kind}`), { code, syscall: kind })
}

function meet(kind: Kind): void {
  if (!armed || kind === null) return
  met++
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
  if (met !== deadly) return
  writeSync(1, `${kind}\n${JSON.stringify(unsyncedFiles())}\n`)
  process.kill(process.pid, 'SIGKILL')
}

function wrap(
  target: object,
  name: string,
  kindOf: (args: readonly unknown[]) => Kind,
  how: 'now' | 'promised' = 'promised',
): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  const wrapped = new Proxy(original, {
    apply: (call, self, args: unknown[]) => {
      const kind = kindOf(args)
      meet(kind)
      const error = how === 'promised' ? diskError(kind) : null
      if (error) return Promise.reject(error)
      const done = noteFileCall(name, self, args)
      const result: unknown = Reflect.apply(call, self, args)
      if (!(result instanceof Promise)) return result
      return result.then((value: unknown) => {
        done(value)
        return value
      })
    },
  })
  Reflect.set(target, name, wrapped)
}

for (const [table, how] of [
  [fs, 'now'],
  [fs.promises, 'promised'],
] as const) {
  for (const name of Object.keys(table)) {
    if (/^[a-z]/.test(name)) wrap(table, name, ([, second]) => kindOfFileCall(name, second), how)
  }
}
syncBuiltinESMExports()

const handle = await open(import.meta.filename, 'r')
for (const name of ['sync', 'datasync', 'write', 'writev', 'writeFile', 'appendFile', 'truncate']) {
  wrap(Object.getPrototypeOf(handle), name, () => kindOfFileCall(name, undefined))
}
await handle.close()

for (const name of ['run', 'runAndReadAll']) {
  wrap(DuckDBConnection.prototype, name, ([statement]) => {
    if (armed) noteEngineStatement(String(statement))
    return kindOfEngineStatement(String(statement))
  })
}

const query: unknown = Reflect.get(pg.Client.prototype, 'query')
if (typeof query !== 'function') throw new Error('pg has no Client.query')
Reflect.set(
  pg.Client.prototype,
  'query',
  new Proxy(query, {
    apply: (call, self, args: unknown[]) => {
      const kind = kindOfStatement(textOf(args[0]))
      if (kind === null) return Reflect.apply(call, self, args)
      meet(kind)
      const answered = args.map((arg) => (typeof arg === 'function' ? afterAnswer(arg) : arg))
      const result: unknown = Reflect.apply(call, self, answered)
      return result instanceof Promise ? result.finally(() => meet('database answer')) : result
    },
  }),
)

function afterAnswer(callback: object): object {
  if (typeof callback !== 'function') return callback
  return new Proxy(callback, {
    apply: (call, self, args: unknown[]) => {
      meet('database answer')
      return Reflect.apply(call, self, args)
    },
  })
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  const text: unknown =
    typeof statement === 'object' && statement !== null ? Reflect.get(statement, 'text') : ''
  return typeof text === 'string' ? text : ''
}

subscribe('undici:request:create', () => meet('http send'))
subscribe('undici:request:bodySent', () => meet('http sent'))
subscribe('undici:request:trailers', () => meet('http reply'))
