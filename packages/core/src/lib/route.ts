import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Nothing is expected in this place; what is sent there is ignored. */
export const Nothing = z.object({})
type Nothing = typeof Nothing

/**
 * One operation of the HTTP surface as data: the server binds a handler to it, the client derives a call from it,
 * and the OpenAPI document is printed from it. The path has `:name` for a path parameter.
 */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly response: Response
}

export type RouteTable = { readonly [name: string]: Route }

type OptionalWhenEmpty<Key extends string, Schema extends z.ZodType> =
  Record<never, never> extends z.input<Schema>
    ? { readonly [K in Key]?: z.input<Schema> }
    : { readonly [K in Key]: z.input<Schema> }

/** What a client passes to call the route; a part that may be empty may be left out. */
export type RouteInput<R extends Route> = OptionalWhenEmpty<'params', R['params']> &
  OptionalWhenEmpty<'query', R['query']> &
  OptionalWhenEmpty<'body', R['body']>

/** What a handler receives: parsed and trusted. */
export interface RouteRequest<R extends Route> {
  readonly params: z.output<R['params']>
  readonly query: z.output<R['query']>
  readonly body: z.output<R['body']>
}

/** What a handler returns and a client receives. */
export type RouteResponse<R extends Route> = z.output<R['response']>

/** A handler for every route of the table: a missing one is a compile error. */
export type Handlers<Table extends RouteTable> = {
  readonly [Name in keyof Table]: (
    request: RouteRequest<Table[Name]>,
  ) => Promise<RouteResponse<Table[Name]>> | RouteResponse<Table[Name]>
}

interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> {
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly response: R
}

/** States a route; a part left out is `Nothing`. */
export function route<
  R extends z.ZodType,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = Nothing,
>(spec: RouteSpec<P, Q, B, R>): Route<P, Q, B, R>
export function route(spec: RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>): Route {
  const { params = Nothing, query = Nothing, body = Nothing, ...rest } = spec
  return { ...rest, params, query, body }
}
