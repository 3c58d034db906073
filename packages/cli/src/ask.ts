import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { wrongUsage } from './command.ts'

/** Who can be asked: somebody at a terminal. */
export interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

/** The person at this process; null where standard input or error is none, or where the answer is JSON for a script. */
export function terminalOf({ json }: { readonly json?: boolean }): Terminal | null {
  const isThere = process.stdin.isTTY === true && process.stderr.isTTY === true
  return isThere && json !== true ? { input: process.stdin, output: process.stderr } : null
}

/** Throws `wrong_usage` where the word has to be a flag, since nobody can be asked. */
export function requireWord(what: string, { yes, terminal }: Word): void {
  if (yes || terminal !== null) return
  throw wrongUsage(
    `${what} needs your word, and there is no terminal to ask at`,
    'Look with --dry-run, then add --yes.',
  )
}

export interface Word {
  /** It was given in advance. */
  readonly yes: boolean
  readonly terminal: Terminal | null
}

/** Asks a question; anything but a yes is a no, and so is the end of what can be read. */
export async function hasWord(question: string, { yes, terminal }: Word): Promise<boolean> {
  if (yes) return true
  if (terminal === null) return false
  const lines = createInterface(terminal)
  const ended = new Promise<string>((done) => lines.once('close', () => done('')))
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), ended])
    return /^\s*y(es)?\s*$/i.test(answer)
  } finally {
    lines.close()
  }
}
