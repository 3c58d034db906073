import { type Client, createClient, type Exchange } from '@muster/core/api/client.ts'
import { type Routes, routes } from '@muster/core/api/routes.ts'
import { messageOf, transient } from '@muster/core/lib/error.ts'
import type { Config } from '@muster/server/config.ts'
import { findServer, readAdminToken } from '@muster/server/data-directory.ts'
import { stopOnSignal } from './stop-signal.ts'

export interface Connection {
  readonly client: Client<Routes>
  close(): Promise<void>
}

/**
 * Reaches Muster: the server at the given address, else the one that runs on the data directory, else this process
 * opens the data directory itself for as long as the command takes.
 */
export async function connect(config: Config, address: string | null): Promise<Connection> {
  const found = address ?? (await findServer(config.dataDirectory))
  if (found !== null) {
    const token = config.adminToken ?? (await readAdminToken(config.dataDirectory))
    return { client: createClient(routes, overNetwork(found, token)), close: async () => {} }
  }
  // Only now: a command that talks to a running server must not wait for DuckDB, Fastify and the like to load.
  const { composeServer } = await import('./compose.ts')
  const opening = composeServer({ config, patienceMs: 30_000 })
  // Asked to stop in the middle, the command leaves no PostgreSQL behind.
  void stopOnSignal().then(async () => {
    await opening.then((server) => server.close()).catch(() => {})
    process.exit(130)
  })
  const server = await opening
  return { client: createClient(routes, server.exchange), close: server.close }
}

/** Reaches the admin API of a server by HTTP. */
export function overNetwork(address: string, token: string | null): Exchange {
  return async ({ method, url, body }) => {
    const response = await fetch(new URL(url, address), {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(120_000),
    }).catch((cause: unknown) => {
      throw transient('server_unreachable', `no Muster answers at ${address}: ${reasonOf(cause)}`, {
        hint: 'Check the address, or start one with: muster serve',
        cause,
      })
    })
    return { status: response.status, body: await response.text() }
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && cause.message !== '' ? cause.message : messageOf(error)
}
