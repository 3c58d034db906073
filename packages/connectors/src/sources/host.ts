import { lookup } from 'node:dns'
import { Socket, type TcpSocketConnectOpts } from 'node:net'
import { isForbiddenAddress, isLoopback, judgeEndpoint } from '@muster/core/lib/egress.ts'
import { z } from 'zod'

/**
 * The host of a database. A private address is allowed, for that is where warehouses are, and this machine too; a
 * cloud's metadata service and other link-local neighbours never are.
 */
export const Host = z
  .string()
  .min(1)
  .superRefine((host, context) => {
    const verdict = judgeEndpoint(`https://${host.includes(':') ? `[${host}]` : host}`)
    if (!verdict.ok) context.addIssue({ code: 'custom', message: verdict.reason })
  })

/** A port; as text it comes from the environment. */
export const Port = z.union([
  z.int().min(1).max(65_535),
  z
    .string()
    .regex(/^\d{1,5}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.int().min(1).max(65_535)),
])

/** `disable`; `require` encrypts and believes any certificate; `verify-full` proves the server's certificate and name. */
export const TlsMode = z.enum(['disable', 'require', 'verify-full'])
export type TlsMode = z.output<typeof TlsMode>

/** What is used where the configuration names no mode: nothing to this machine, proof to every other. */
export function tlsModeOf(config: { readonly host: string; readonly tls?: TlsMode | undefined }): TlsMode {
  return config.tls ?? (isLoopback(config.host) ? 'disable' : 'verify-full')
}

/** What Node's TLS is told; null for none. */
export function tlsOptionsOf(config: {
  readonly host: string
  readonly tls?: TlsMode | undefined
  readonly ca?: string | undefined
}): { readonly rejectUnauthorized: boolean; readonly ca?: string } | null {
  const mode = tlsModeOf(config)
  if (mode === 'disable') return null
  const ca = config.ca === undefined ? {} : { ca: config.ca }
  return { rejectUnauthorized: mode === 'verify-full', ...ca }
}

/** What is dangerous in the way there. */
export function tlsWarnings(config: { readonly host: string; readonly tls?: TlsMode | undefined }): string[] {
  const mode = tlsModeOf(config)
  if (mode === 'verify-full' || isLoopback(config.host)) return []
  if (mode === 'disable')
    return [
      `TLS is off: password and rows travel to ${config.host} as plain text; set \`tls\` to verify-full`,
    ]
  return [`nobody proves that ${config.host} is the database: set \`tls\` to verify-full, with its \`ca\``]
}

/** A socket that refuses a name which resolves to an address that nothing may be sent to. */
export function guardedSocket(): Socket {
  const socket = new Socket()
  const connect = socket.connect.bind(socket)
  const guarded = (port: number, host: string): Socket =>
    connect({ port, host, lookup: guardedLookup, autoSelectFamily: true })
  return Object.assign(socket, { connect: guarded as Socket['connect'] })
}

export const guardedLookup: NonNullable<TcpSocketConnectOpts['lookup']> = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, [])
    if (addresses.some(({ address }) => isForbiddenAddress(address)))
      return done(new Error(`${hostname} resolves to an address that Muster never reads from`), [])
    done(null, addresses)
  })
}
