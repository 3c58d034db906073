import { invalid, MusterError, messageOf, transient } from '@muster/core/lib/error.ts'

/**
 * What DuckDB says of a statement, as `invalid('sql_error')`. The position is kept only where the text that DuckDB
 * judged is the statement as it was given.
 */
export function sqlError(error: unknown, position: 'positioned' | 'unpositioned'): Error {
  if (error instanceof MusterError) return error
  const text = messageOf(error)
  if (/^INTERRUPT Error/.test(text))
    return transient('read_aborted', 'the read was stopped', { cause: error })
  if (/^(Out of Memory|IO) Error.*(No space left|Could not write)/is.test(text)) {
    return transient('disk_full', 'the rows do not fit on the disk of the data directory', {
      hint: 'Free some space, then run again.',
      cause: error,
    })
  }
  const { message, where } = readDuckdbError(text)
  return invalid('sql_error', `the database refuses the SQL: ${message}`, {
    hint: hintOf(text),
    ...(position === 'positioned' && where !== null ? { details: [{ where, message }] } : {}),
  })
}

/** Takes DuckDB's text; returns its sentence in one line and `line L, column C` where it points at a place. */
function readDuckdbError(text: string): { readonly message: string; readonly where: string | null } {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /^LINE \d+: /.test(line))
  const message = lines
    .slice(0, at === -1 ? lines.length : at)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('. ')
    .replace(/^[A-Z][A-Za-z ]*Error: /, '')
    .replace(/([!?.])\. /g, '$1 ')
  const found = /^LINE (\d+): /.exec(lines[at] ?? '')
  const caret = lines[at + 1]?.indexOf('^') ?? -1
  // A long line is shown from "..." on, and the caret then counts from there.
  const cut = found !== null && (lines[at] ?? '').slice(found[0].length).startsWith('...')
  if (!found || caret === -1 || cut) return { message, where: found ? `line ${found[1]}` : null }
  return { message, where: `line ${found[1]}, column ${caret - found[0].length + 1}` }
}

function hintOf(text: string): string {
  if (/external access|file system operations are disabled|configuration has been locked/.test(text)) {
    return 'A model reads only the tables of its source; files and settings are out of its reach.'
  }
  return 'Mend the SQL of the model, then try again.'
}
