import { fault } from '@muster/core/lib/error.ts'
import colors from 'picocolors'

/** Tells the walk step by step and holds each figure against what the shop knows to be true. */
export interface Narrator {
  step(title: string): void
  line(text: string): void
  /** A command as a user would type it. */
  command(text: string): void
  progress(text: string): void
  /** Throws when what Muster says differs from what is true; says both. */
  expect(what: string, actual: unknown, truth: unknown): void
  readonly checked: () => number
}

export function createNarrator(quiet: boolean): Narrator {
  let number = 0
  let checked = 0
  const isTerminal = process.stderr.isTTY === true && !quiet
  const clear = (): void => void (isTerminal && process.stderr.write('\r\u001b[2K'))
  const print = (text: string): void => {
    clear()
    if (!quiet) process.stdout.write(`${text}\n`)
  }
  return {
    step: (title) => print(`\n${colors.bold(`${++number}. ${title}`)}`),
    line: (text) => print(text.replace(/^/gm, '   ')),
    command: (text) => print(colors.cyan(`   $ ${text}`)),
    progress: (text) => {
      if (isTerminal)
        process.stderr.write(`\r\u001b[2K   ${text.slice(0, (process.stderr.columns ?? 80) - 4)}`)
    },
    expect: (what, actual, truth) => {
      checked++
      const [a, b] = [JSON.stringify(actual), JSON.stringify(truth)]
      if (a === b) return
      throw fault('wrong_figure', `${what}: Muster says ${a}, the shop knows ${b}`)
    },
    checked: () => checked,
  }
}
