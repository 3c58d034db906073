import { invalid, MusterError } from '@muster/core/lib/error.ts'
import { isDeeperThan } from '@muster/core/lib/json.ts'
import type { Log } from '@muster/core/lib/log.ts'
import { parseWritten } from '@muster/core/lib/problems.ts'
import type { Handlers, Route, RouteRequest, RouteTable } from '@muster/core/lib/route.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import { toApiError } from './errors.ts'

/** Some schemas recurse; a stack has an end. */
const deepestBody = 64

/** Serves every route of a table with its handler: parses what comes in, answers JSON, turns errors into answers. */
export function bindRoutes<Table extends RouteTable>(
  app: FastifyInstance,
  routes: Table,
  handlers: Handlers<Table>,
): void {
  for (const name of Object.keys(routes)) {
    const route: Route | undefined = routes[name]
    // The table's types are proven where handlers are stated; inside the loop each route is only a Route.
    const handler = handlers[name] as ((request: RouteRequest<Route>) => unknown) | undefined
    if (!route || !handler) continue
    app.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        if (isDeeperThan(request.body, deepestBody)) {
          throw invalid('too_deep', `the body is nested more than ${deepestBody} deep`)
        }
        const answer = await handler({
          params: parse(route.params, request.params, 'path'),
          query: parse(route.query, request.query, 'query'),
          body: parse(route.body, request.body ?? {}, 'body'),
        })
        return reply.code(200).send(answer)
      },
    })
  }
}

function parse(schema: z.ZodType, value: unknown, place: string): unknown {
  const parsed = parseWritten(schema, value)
  if (parsed.ok) return parsed.data
  throw invalid('bad_input', `the ${place} is wrong`, {
    details: parsed.problems.map(({ path, message }) => ({
      where: [place, ...path.map(String)].join('.'),
      message,
    })),
  })
}

/** Answers anything thrown below the admin API, and logs what is our own fault; what is the moment's, in one line. */
export function answerError(thrown: unknown, reply: FastifyReply, log: Log): FastifyReply {
  const { status, body } = toApiError(thrown)
  if (thrown instanceof MusterError && thrown.kind === 'transient') {
    log.warn('request not answered', { code: thrown.code, error: thrown.message })
  } else if (status >= 500) {
    const cause = thrown instanceof MusterError ? (thrown.cause ?? thrown) : thrown
    log.error('request failed', {
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    })
  }
  return reply.code(status).send(body)
}
