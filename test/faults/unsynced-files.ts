import { dirname } from 'node:path'
import type { Unsynced } from './crash-order.ts'

/**
 * What a power cut would take of a process's files: what was written and not synced, and the names of files whose directory
 * was not synced after them. That a directory itself was made is taken for durable.
 */

const contents = new Set<string>()
const names = new Set<string>()
/** The path that an open file has. */
const paths = new WeakMap<object, string>()

export function unsyncedFiles(): Unsynced {
  return { contents: [...contents], names: [...names] }
}

/** Told of each call of the file system as it begins; returns what is to be told when it has gone well. */
export function noteFileCall(
  name: string,
  self: unknown,
  args: readonly unknown[],
): (result: unknown) => void {
  const [first, second] = args
  switch (name) {
    case 'open':
      return (file) => {
        if (typeof file === 'object' && file !== null) paths.set(file, String(first))
      }
    case 'writeFile':
    case 'appendFile':
      if (typeof first === 'string') noteWritten(first)
      return () => {}
    case 'rename':
      return () => {
        if (contents.delete(String(first))) contents.add(String(second))
        names.delete(String(first))
        names.add(String(second))
      }
    case 'sync':
      return () => {
        const path = typeof self === 'object' && self !== null ? paths.get(self) : undefined
        if (path === undefined) return
        contents.delete(path)
        for (const one of names) if (dirname(one) === path) names.delete(one)
      }
    default:
      return () => {}
  }
}

/** Of a statement of DuckDB. */
export function noteEngineStatement(text: string): void {
  const path = /\bto '((?:[^']|'')+)' \(/.exec(text)?.[1]
  if (/^\s*copy\b/i.test(text) && path !== undefined) noteWritten(path.replaceAll("''", "'"))
}

function noteWritten(path: string): void {
  contents.add(path)
  names.add(path)
}
