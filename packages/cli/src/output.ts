import type { MusterError } from '@muster/core/lib/error.ts'
import colors from 'picocolors'

/** What a command prints. Answers go to standard output, everything else to standard error. */
export interface Output {
  /** The answer: the value as one line of JSON with `--json`, else the text. */
  answer(value: unknown, text: () => string): void
  /** A line for people; none with `--json` or `--quiet`. */
  say(text: string): void
  /** What is going on, on one line that is overwritten; only on a terminal. An empty text clears the line. */
  progress(text: string): void
}

export interface OutputOptions {
  readonly json: boolean
  readonly quiet: boolean
}

export function createOutput({ json, quiet }: OutputOptions): Output {
  const isTerminal = process.stderr.isTTY === true && !quiet && !json
  let shown = false
  const progress = (text: string): void => {
    if (!isTerminal || (text === '' && !shown)) return
    const width = Math.max(20, (process.stderr.columns ?? 80) - 1)
    process.stderr.write(`\r\u001b[2K${text.slice(0, width)}`)
    shown = text !== ''
  }
  return {
    progress,
    say: (text) => {
      if (json || quiet) return
      progress('')
      process.stdout.write(`${text}\n`)
    },
    answer: (value, text) => {
      progress('')
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
      else if (!quiet) process.stdout.write(`${text()}\n`)
    },
  }
}

/** What a connection test found, in a line. */
export function checkText({ ok, message }: { readonly ok: boolean; readonly message: string }): string {
  return `${ok ? colors.green('✓') : colors.red('✗')} ${message}`
}

/** One sentence that says what is wrong, where, and what to do. */
export function formatError(error: MusterError): string {
  const lines = [`${colors.red('Error:')} ${sentence(error.message)}`]
  for (const { where, message } of error.details) lines.push(`  ${where ? `${where}: ` : ''}${message}`)
  if (error.hint) lines.push(sentence(error.hint))
  return lines.join('\n')
}

/** Begins with a capital, unless with a name of something, and ends with a full stop, unless with SQL to be copied. */
export function sentence(text: string): string {
  const begun = /^\p{L}+[\s,;:]/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.!?;]$/.test(begun) || begun.includes('\n') ? begun : `${begun}.`
}

/**
 * Columns aligned under their heads; numbers to the right. On a terminal that is too narrow for them a row is a paragraph, a
 * line a field. `(none)` where there are no rows.
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  columns = process.stdout.columns,
): string {
  if (rows.length === 0) return '(none)'
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? count(cell) : cell)))
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => (row[i] ?? '').length)))
  const width = widths.reduce((sum, one) => sum + one + 2, -2)
  if (columns !== undefined && width > columns) return paragraphs(heads, cells)
  const isNumber = heads.map((_, i) => rows.every((row) => typeof row[i] === 'number'))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
  return [colors.dim(line(heads).trimEnd()), ...cells.map((row) => line(row).trimEnd())].join('\n')
}

function paragraphs(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = Math.max(...heads.map((head) => head.length))
  const line = (head: string, cell: string): string => `${colors.dim(head.padEnd(width))}  ${cell}`
  return rows
    .map((row) => heads.flatMap((head, i) => (row[i] ? [line(head, row[i])] : [])).join('\n'))
    .join('\n\n')
}

/** 1234567 → `1,234,567`. */
export function count(n: number): string {
  return n.toLocaleString('en-US')
}
