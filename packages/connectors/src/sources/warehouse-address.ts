import { lookup } from 'node:dns/promises'
import { isForbiddenAddress, isLoopback } from '@muster/core/lib/egress.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { z } from 'zod'
import { Host, Port } from './host.ts'

/** How a warehouse that speaks HTTP is reached. A certificate is always proven; there is no way to believe any. */
export const addressFields = {
  host: Host,
  /** Absent: `verify-full`, and `disable` to this machine. */
  tls: z.enum(['disable', 'verify-full']).optional(),
  /** The certificate of the authority, as PEM text, where it is not one that Node knows. */
  ca: z.string().optional(),
}
export { Port }

export interface Address {
  readonly host: string
  readonly tls?: 'disable' | 'verify-full' | undefined
}

export function usesTls({ host, tls }: Address): boolean {
  return (tls ?? (isLoopback(host) ? 'disable' : 'verify-full')) === 'verify-full'
}

export function urlOf(address: Address & { readonly port: number }): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${usesTls(address) ? 'https' : 'http'}://${host}:${address.port}`
}

/** Throws where the name resolves to an address that nothing may be sent to; drivers resolve names by themselves. */
export async function proveAddress(host: string): Promise<void> {
  const addresses = await lookup(host, { all: true })
  if (!addresses.some(({ address }) => isForbiddenAddress(address))) return
  throw invalid('forbidden_address', `${host} resolves to an address that Muster never reads from`, {
    hint: 'Correct `host` in the source.',
  })
}
