import { createClient, type Exchange } from '@muster/core/api/client.ts'
import { routes } from '@muster/core/api/routes.ts'
import { denied, MusterError, transient } from '@muster/core/lib/error.ts'
import { isSettled, type RunStatus } from '@muster/core/sync/run.ts'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'

const exchange: Exchange = async ({ method, url, body }) => {
  const answer = await send(url, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  })
  return { status: answer.status, body: await answer.text() }
}

/** The admin API of the server that this page came from. Every call throws `MusterError`. */
export const api = createClient(routes, exchange)

/** Signs in with the administrator's token; throws `denied` where it is another. */
export async function signIn(token: string): Promise<void> {
  const answer = await send('/api/session', {
    method: 'POST',
    body: JSON.stringify({ token }),
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok) throw denied('wrong_token', 'that is not the administrator’s token')
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: 'same-origin' })
  } catch (cause) {
    throw transient('unreachable', 'the Muster server does not answer', {
      hint: 'Start it with npx muster serve; this page tries again by itself.',
      cause,
    })
  }
}

const notSignedIn = 'not_signed_in'

export function needsSignIn(error: unknown): boolean {
  return error instanceof MusterError && error.code === notSignedIn
}

/** What is asked again by itself, and how often, in ms. */
export const pollMs = { run: 700, live: 5_000 } as const

/** How often a run is asked for: often while something happens to it by itself, then never. */
export function runInterval(status: RunStatus | undefined): number | false {
  return status === undefined || isSettled(status) ? false : pollMs.run
}

/** The key of the one query that decides whether the sign-in form stands in place of the pages. */
export const statusKey = ['status'] as const

/** Holds what the server said. After every change everything shown is asked for again. */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) =>
          error instanceof MusterError && error.kind === 'transient' && failures < 2,
      },
    },
    queryCache: new QueryCache({ onError: (error, query) => askForSignIn(error, query.queryKey) }),
    mutationCache: new MutationCache({
      onSuccess: () => client.invalidateQueries(),
      onError: (error) => askForSignIn(error, null),
    }),
  })
  const askForSignIn = (error: unknown, key: readonly unknown[] | null): void => {
    if (needsSignIn(error) && key?.[0] !== statusKey[0])
      void client.invalidateQueries({ queryKey: statusKey })
  }
  return client
}
