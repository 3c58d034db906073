import { denied, invalid, MusterError, messageOf, transient } from '@muster/core/lib/error.ts'
import { notOneSelect, placeInStatement } from '@muster/core/sync/sql-text.ts'
import pg from 'pg'
import { type Deadline, timedOut } from '../deadline.ts'
import { diskError } from '../row-file.ts'

/** Where in the text that was sent the user's statement stands. */
export interface Statement {
  readonly sql: string
  /** Characters of our own before it. */
  readonly before: number
}

/** What PostgreSQL or the way to it says, as one of the errors of a source. */
export function readError(error: unknown, deadline: Deadline, statement?: Statement): Error {
  if (error instanceof MusterError) return error
  const ended = deadline.reason() ?? diskError(error)
  if (ended) return ended
  if (!(error instanceof pg.DatabaseError)) return connectionError(error)
  const state = error.code ?? ''
  if (state === '57014') return timedOut(deadline.ms, error)
  if (state.startsWith('28')) {
    return denied('login_refused', `the database refuses the login: ${error.message}`, {
      hint: 'Correct `user` and `password` in the source.',
    })
  }
  if (state === '3D000') {
    return invalid('no_database', error.message, { hint: 'Correct `database` in the source.' })
  }
  if (/^(08(?!P01)|57P0[123]|53|58)/.test(state)) {
    return transient('unreachable', `the database cannot answer now: ${error.message}`, { cause: error })
  }
  if (/^(40|55P03)/.test(state)) {
    return transient('read_conflict', `the database gave the read up: ${error.message}`, {
      hint: 'Run it again; on a replica a longer max_standby_streaming_delay helps.',
      cause: error,
    })
  }
  return sqlError(error, statement)
}

function sqlError(error: pg.DatabaseError, statement: Statement | undefined): Error {
  if (error.code === '42601' && /multiple commands/.test(error.message))
    return notOneSelect('it has more than one statement')
  const at = Number(error.position) - 1 - (statement?.before ?? 0)
  const placed = statement !== undefined && at >= 0 && at < statement.sql.length
  return invalid('sql_error', `the database refuses the SQL: ${error.message}`, {
    hint:
      error.code === '25006'
        ? 'A source is read-only: the SQL calls something that writes.'
        : (error.hint ?? 'Mend the SQL of the model, then try again.'),
    ...(placed ? { details: [{ where: placeInStatement(statement.sql, at), message: error.message }] } : {}),
  })
}

const refusedCodes = /^(CERT_|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_SSL)/

function connectionError(error: unknown): MusterError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = messageOf(error) || code
  if (refusedCodes.test(code)) {
    return denied('tls_refused', `the server's certificate is not believed: ${text}`, {
      hint: 'Put the certificate of its authority into `ca` of the source.',
      cause: error,
    })
  }
  if (/does not support SSL/.test(text)) {
    return invalid('no_tls', 'the server does not speak TLS', {
      hint: 'Turn TLS on at the server, or set `tls` to disable if the way there is safe.',
      cause: error,
    })
  }
  return transient('connection_lost', `the connection to the database broke: ${text}`, { cause: error })
}

/** A connection that could not be made. */
export function connectError(error: unknown, to: { readonly host: string; readonly port: number }): Error {
  if (error instanceof MusterError || error instanceof pg.DatabaseError) return error
  const known = connectionError(error)
  if (known.code !== 'connection_lost') return known
  return transient('unreachable', `nothing answers at ${to.host}:${to.port}: ${messageOf(error)}`, {
    hint: 'Correct `host` and `port` in the source, or let Muster through to it.',
    cause: error,
  })
}
