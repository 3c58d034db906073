import type { Route, RouteTable } from '@muster/core/lib/route.ts'
import { z } from 'zod'

/** The OpenAPI 3.1 document of a route table, printed from the schemas that validate. */
export function openApiDocument(routes: RouteTable, version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:([a-z_]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Muster', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: { schemas: { Error: errorSchema } },
  }
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['kind', 'code', 'message'],
      properties: {
        kind: { type: 'string' },
        code: { type: 'string' },
        message: { type: 'string' },
        hint: { type: 'string' },
        details: { type: 'array', items: { type: 'object' } },
      },
    },
  },
}

function operation(name: string, route: Route): object {
  const content = (schema: object): object => ({ 'application/json': { schema } })
  const body = jsonSchema(route.body, 'input')
  const hasBody = route.method !== 'GET' && Object.keys(body.properties ?? {}).length > 0
  return {
    operationId: name,
    summary: route.summary,
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(hasBody ? { requestBody: { required: true, content: content(body) } } : {}),
    responses: {
      200: { description: 'Done', content: content(jsonSchema(route.response, 'output')) },
      default: { description: 'Not done', content: content({ $ref: '#/components/schemas/Error' }) },
    },
  }
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input')
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): ObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest as ObjectSchema
}
