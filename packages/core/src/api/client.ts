import type { ErrorDetail } from '../lib/error.ts'
import { errorKinds, MusterError } from '../lib/error.ts'
import { isObject } from '../lib/json.ts'
import type { Route, RouteInput, RouteResponse, RouteTable } from '../lib/route.ts'

/** The one request that a client of the admin API makes; the network, or a server in the same process. */
export type Exchange = (request: {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly body: string | undefined
}) => Promise<{ readonly status: number; readonly body: string }>

type Call<R extends Route> =
  Record<never, never> extends RouteInput<R>
    ? (input?: RouteInput<R>) => Promise<RouteResponse<R>>
    : (input: RouteInput<R>) => Promise<RouteResponse<R>>

export type Client<Table extends RouteTable> = { readonly [Name in keyof Table]: Call<Table[Name]> }

/** Makes a typed call of every route. An answer that is not a success is thrown as the `MusterError` it carries. */
export function createClient<Table extends RouteTable>(routes: Table, exchange: Exchange): Client<Table> {
  const calls = Object.entries(routes).map(([name, route]) => [
    name,
    async (input: LooseInput = {}): Promise<unknown> => {
      const answer = await exchange({
        method: route.method,
        url: urlOf(route.path, input.params ?? {}, input.query ?? {}),
        body: route.method === 'GET' ? undefined : JSON.stringify(input.body ?? {}),
      })
      const value = parseBody(answer.body)
      if (answer.status >= 400) throw errorOf(answer.status, value)
      return route.response.parse(value)
    },
  ])
  return Object.fromEntries(calls) as Client<Table>
}

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

function urlOf(
  path: string,
  params: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const filled = path.replace(/:([a-z_]+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
}

function parseBody(body: string): unknown {
  try {
    return body === '' ? null : JSON.parse(body)
  } catch {
    return null
  }
}

/** The shape of every error of the admin API. */
export interface ApiError {
  readonly error: {
    readonly kind: string
    readonly code: string
    readonly message: string
    readonly hint?: string
    readonly details?: readonly ErrorDetail[]
  }
}

function errorOf(status: number, value: unknown): MusterError {
  const error = isObject(value) && isObject(value.error) ? value.error : null
  const kind = errorKinds.find((k) => k === error?.kind)
  if (!error || !kind) {
    return new MusterError(
      'transient',
      'no_answer',
      `the server answered ${status} in a form that Muster does not know`,
    )
  }
  return new MusterError(kind, String(error.code), String(error.message), {
    ...(typeof error.hint === 'string' ? { hint: error.hint } : {}),
    ...(Array.isArray(error.details) ? { details: error.details as ErrorDetail[] } : {}),
  })
}
