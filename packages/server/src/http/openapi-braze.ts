import {
  type BrazeOperation,
  brazeInventory,
  notOfferedMessage,
  templated,
} from '@muster/core/braze/inventory.ts'
import type { BrazeRoute } from '@muster/core/braze/route.ts'
import { brazeRoutes } from '@muster/core/braze/routes.ts'
import { jsonBody, jsonResponse, parameters, type Schemas } from './openapi-schemas.ts'

interface BrazePath {
  readonly path: string
  readonly method: string
  readonly operation: object
}

const restKey = [{ restKey: [] }]
const refused = { $ref: '#/components/responses/BrazeError' }
const keyOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${templated(path)}`

/** Braze's whole surface, offered or not, and what is Muster's own beside it. */
export function brazePaths(schemas: Schemas, notOffered: readonly BrazeOperation[]): BrazePath[] {
  const missing = new Set(notOffered.map(keyOf))
  const described = new Map(
    Object.entries(brazeRoutes).map(([name, route]) => [keyOf(route), { name, route }]),
  )
  const inventoried = new Set(brazeInventory.map(keyOf))
  const listed = brazeInventory.map((one) => {
    const key = keyOf(one)
    const found = described.get(key)
    const common = {
      tags: [`Braze: ${one.section}`],
      'x-muster-offered': !missing.has(key),
      ...(one.permission === null ? {} : { 'x-braze-permission': one.permission }),
    }
    if (missing.has(key)) return { ...one, operation: { ...common, ...notOfferedOperation(one) } }
    return { ...one, operation: { ...common, ...(found ? offered(schemas, found) : undescribed(one)) } }
  })
  const own = [...described.values()].filter(({ route }) => !inventoried.has(keyOf(route)))
  return [
    ...listed,
    ...own.map((one) => ({
      ...one.route,
      operation: { tags: ['Muster’s own'], 'x-muster-offered': true, ...offered(schemas, one) },
    })),
  ]
}

function offered(schemas: Schemas, { name, route }: { name: string; route: BrazeRoute }): object {
  const schema = route.body && schemas.of(route.body, 'input', `braze_${name}_body`)
  return {
    operationId: `braze_${name}`,
    summary: route.summary,
    security: route.access === 'rest_key' ? restKey : [],
    parameters: [
      ...pathParameters(route.path),
      ...(route.query ? parameters(schemas, { schema: route.query, place: 'query', name }) : []),
      ...(route.headers ? parameters(schemas, { schema: route.headers, place: 'header', name }) : []),
    ],
    ...(schema ? { requestBody: jsonBody(schema) } : {}),
    responses: {
      [route.status]: {
        description: 'Done',
        content: {
          [route.type ?? 'application/json']: {
            schema: schemas.of(route.response, 'output', `braze_${name}_response`),
          },
        },
      },
      default: refused,
    },
  }
}

/** A route that has no schemas yet: all that holds for every answer of Braze's. */
function undescribed(operation: BrazeOperation): object {
  return {
    operationId: operationId(operation),
    security: restKey,
    parameters: pathParameters(operation.path),
    responses: { default: refused },
  }
}

function notOfferedOperation(operation: BrazeOperation): object {
  return {
    operationId: operationId(operation),
    summary: 'Not offered by Muster',
    security: restKey,
    parameters: pathParameters(operation.path),
    responses: {
      401: refused,
      501: jsonResponse('Not offered', {
        type: 'object',
        required: ['message'],
        properties: { message: { const: notOfferedMessage(operation) } },
      }),
    },
  }
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:([a-z_]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

/** `GET /canvas/list` → `braze_get_canvas_list`. */
function operationId({ method, path }: BrazeOperation): string {
  return ['braze', method.toLowerCase(), ...path.split('/').map((part) => part.replace(':', 'by_'))]
    .filter((part) => part !== '')
    .join('_')
}
