import { denied, type MusterError, messageOf, transient } from '@muster/core/lib/error.ts'

/**
 * What went wrong on the way to a database that speaks HTTP, or null where it is not the way's fault. Drivers wrap the
 * error of Node's sockets; its code is looked for in the causes.
 */
export function networkError(error: unknown): MusterError | null {
  for (const cause of causes(error)) {
    const code = 'code' in cause ? String(cause.code) : ''
    if (/^(CERT_|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_SSL)/.test(code)) {
      return denied('tls_refused', `the server's certificate is not believed: ${messageOf(cause) || code}`, {
        hint: 'Put the certificate of its authority into `ca` of the source.',
        cause: error,
      })
    }
    if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
      return transient('unreachable', `nothing answers at the address: ${messageOf(cause) || code}`, {
        hint: 'Correct the address in the source, or open the way there.',
        cause: error,
      })
    }
    const broken =
      /socket hang up|network socket disconnected|other side closed|premature close|^aborted$|terminated/i
    if (
      /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET)$/.test(code) ||
      broken.test(messageOf(cause))
    ) {
      return transient(
        'connection_lost',
        `the connection to the database broke: ${messageOf(cause) || code}`,
        {
          cause: error,
        },
      )
    }
  }
  return null
}

function* causes(error: unknown): Generator<Error> {
  const seen = new Set<unknown>()
  let at: unknown = error
  while (at instanceof Error && !seen.has(at)) {
    seen.add(at)
    yield at
    if (at instanceof AggregateError) yield* at.errors.filter((inner) => inner instanceof Error)
    at = at.cause
  }
}
