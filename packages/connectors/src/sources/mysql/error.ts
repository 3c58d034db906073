import { denied, invalid, MusterError, messageOf, transient } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { type Deadline, timedOut } from '../deadline.ts'
import { diskError } from '../row-file.ts'

// MySQL's and MariaDB's numbers: https://mariadb.com/kb/en/mariadb-error-code-reference/
const timeouts = [1969, 3024]
const logins = [1044, 1045, 1130, 1698, 1862]
const busy = [1040, 1053, 1203, 1226]
const conflicts = [1205, 1213, 1020]
const stopped = [1317, 1927]
const readOnly = 1792
const noDatabase = 1049

/** What MySQL or the way to it says, as one of the errors of a source. */
export function readError(error: unknown, deadline: Deadline): Error {
  if (error instanceof MusterError) return error
  const ended = deadline.reason() ?? diskError(error)
  if (ended) return ended
  // A pipeline that its signal ended says only so; the reason lies beneath.
  const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error
  const text = messageOf(cause)
  const number = isObject(error) && typeof error.errno === 'number' ? error.errno : 0
  if (number < 1000 || isFatal(error)) return lost(text, error)
  if (timeouts.includes(number)) return timedOut(deadline.ms, error)
  if (stopped.includes(number)) return lost(text, error)
  if (number === noDatabase)
    return invalid('no_database', text, { hint: 'Correct `database` in the source.' })
  if (busy.includes(number))
    return transient('unreachable', `the database cannot answer now: ${text}`, { cause: error })
  if (conflicts.includes(number))
    return transient('read_conflict', `the database gave the read up: ${text}`, {
      hint: 'Run it again.',
      cause: error,
    })
  const line = /at line (\d+)$/.exec(text)?.[1]
  return invalid('sql_error', `the database refuses the SQL: ${text}`, {
    hint:
      number === readOnly
        ? 'A source is read-only: the SQL calls something that writes.'
        : 'Mend the SQL of the model, then try again.',
    ...(line === undefined ? {} : { details: [{ where: `line ${line}`, message: text }] }),
  })
}

/** A connection that could not be made. */
export function connectError(error: unknown, to: { readonly host: string; readonly port: number }): Error {
  const number = isObject(error) && typeof error.errno === 'number' ? error.errno : 0
  const text = messageOf(error)
  if (logins.includes(number)) return loginRefused(text)
  if (number >= 1000) return error instanceof Error ? error : new Error(text)
  const code = isObject(error) ? String(error.code) : ''
  if (/^(CERT_|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HANDSHAKE_SSL)/.test(code)) {
    return denied('tls_refused', `the server's certificate is not believed: ${text}`, {
      hint: 'Put the certificate of its authority into `ca` of the source.',
      cause: error,
    })
  }
  if (/does not support secure/i.test(text)) {
    return invalid('no_tls', 'the server does not speak TLS', {
      hint: 'Turn TLS on at the server, or set `tls` to disable if the way there is safe.',
      cause: error,
    })
  }
  return transient('unreachable', `nothing answers at ${to.host}:${to.port}: ${text || code}`, {
    hint: 'Correct `host` and `port` in the source, or let Muster through to it.',
    cause: error,
  })
}

function isFatal(error: unknown): boolean {
  return isObject(error) && (error.fatal === true || error.code === 'PROTOCOL_CONNECTION_LOST')
}

function loginRefused(text: string): MusterError {
  return denied('login_refused', `the database refuses the login: ${text}`, {
    hint: 'Correct `user` and `password` in the source.',
  })
}

function lost(text: string, cause: unknown): MusterError {
  return transient('connection_lost', `the connection to the database broke: ${text}`, { cause })
}
