import type { BrazeOperation } from '@muster/core/braze/inventory.ts'
import { templated } from '@muster/core/braze/inventory.ts'
import type { Route, RouteTable } from '@muster/core/lib/route.ts'
import { brazePaths } from './openapi-braze.ts'
import { operationPaths } from './openapi-operations.ts'
import { createSchemas, jsonBody, jsonResponse, parameters, type Schemas } from './openapi-schemas.ts'

export interface Served {
  readonly version: string
  /** The admin API. */
  readonly routes: RouteTable
  /** What of Braze's surface the server has no route for; null where it serves no Braze surface. */
  readonly notOffered: readonly BrazeOperation[] | null
}

export type Paths = Record<string, Record<string, object>>

/** The OpenAPI 3.1 document of all that the server serves, printed from the schemas that validate. */
export function openApiDocument({ version, routes, notOffered }: Served): object {
  const schemas = createSchemas()
  const paths: Paths = {}
  const add = (path: string, method: string, operation: object): void => {
    const key = templated(path)
    paths[key] = { ...paths[key], [method.toLowerCase()]: operation }
  }
  for (const [name, route] of Object.entries(routes)) {
    add(route.path, route.method, adminOperation(schemas, name, route))
  }
  if (notOffered) {
    for (const { path, method, operation } of brazePaths(schemas, notOffered)) add(path, method, operation)
  }
  for (const { path, method, operation } of operationPaths) add(path, method, operation)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Muster',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'The admin API below `/api`, and Braze’s surface at the root. An operation of Braze’s that Muster does not offer has `x-muster-offered: false` and answers 501.',
    },
    paths,
    components: { schemas: schemas.components, responses, securitySchemes },
  }
}

const securitySchemes = {
  adminToken: { type: 'http', scheme: 'bearer', description: 'The administrator’s token.' },
  session: { type: 'apiKey', in: 'cookie', name: 'muster_session' },
  restKey: { type: 'http', scheme: 'bearer', description: 'A REST API key.' },
}

const responses = {
  AdminError: jsonResponse('Not done', {
    type: 'object',
    required: ['error'],
    additionalProperties: false,
    properties: {
      error: {
        type: 'object',
        required: ['kind', 'code', 'message'],
        additionalProperties: false,
        properties: {
          kind: { enum: ['invalid', 'missing', 'denied', 'conflict', 'transient', 'fault'] },
          code: { type: 'string' },
          message: { type: 'string' },
          hint: { type: 'string' },
          details: { type: 'array', items: { type: 'object' } },
        },
      },
    },
  }),
  BrazeError: jsonResponse('Not done', {
    type: 'object',
    required: ['message'],
    properties: { message: { type: 'string' }, errors: { type: 'array', items: { type: 'object' } } },
  }),
}

/** Without credentials only from this machine. */
const adminSecurity = [{ adminToken: [] }, { session: [] }, {}]

function adminOperation(schemas: Schemas, name: string, route: Route): object {
  const body = schemas.of(route.body, 'input', `${name}_body`)
  const hasBody = route.method !== 'GET' && (!body.properties || Object.keys(body.properties).length > 0)
  return {
    operationId: name,
    tags: [adminTag(route.path)],
    summary: route.summary,
    security: adminSecurity,
    parameters: [
      ...parameters(schemas, { schema: route.params, place: 'path', name }),
      ...parameters(schemas, { schema: route.query, place: 'query', name }),
    ],
    ...(hasBody ? { requestBody: jsonBody(body) } : {}),
    responses: {
      200: jsonResponse('Done', schemas.of(route.response, 'output', `${name}_response`)),
      default: { $ref: '#/components/responses/AdminError' },
    },
  }
}

/** `/api/partners/:slug/keys` → `Admin: partners`. */
function adminTag(path: string): string {
  return `Admin: ${path.split('/')[2] ?? ''}`
}
