import { jsonBody, jsonResponse } from './openapi-schemas.ts'

/** The few paths that are neither of the admin API's table nor Braze's. */
export const operationPaths = [
  {
    path: '/api/session',
    method: 'POST',
    operation: {
      operationId: 'signIn',
      summary: 'Sign in a browser with the administrator’s token',
      security: [],
      requestBody: jsonBody({
        type: 'object',
        required: ['token'],
        properties: { token: { type: 'string' } },
      }),
      responses: { 200: done({ ok: { const: true } }), default: adminError() },
    },
  },
  {
    path: '/api/session',
    method: 'DELETE',
    operation: {
      operationId: 'signOut',
      summary: 'Sign out',
      security: [],
      responses: { 200: done({ ok: { const: true } }), default: adminError() },
    },
  },
  {
    path: '/healthz',
    method: 'GET',
    operation: {
      operationId: 'isAlive',
      summary: 'Does the process answer?',
      security: [],
      responses: { 200: done({ status: { const: 'ok' } }) },
    },
  },
  {
    path: '/readyz',
    method: 'GET',
    operation: {
      operationId: 'isReady',
      summary: 'Does the database answer?',
      security: [],
      responses: {
        200: done({ status: { const: 'ready' } }),
        503: done({ status: { const: 'not ready' } }),
      },
    },
  },
  {
    path: '/metrics',
    method: 'GET',
    operation: {
      operationId: 'readMetrics',
      summary: 'Figures for Prometheus',
      security: [{ adminToken: [] }, { session: [] }, {}],
      responses: {
        200: { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } },
        default: adminError(),
      },
    },
  },
  {
    path: '/openapi.json',
    method: 'GET',
    operation: {
      operationId: 'readOpenApi',
      summary: 'This document; readable at /docs',
      security: [],
      responses: { 200: jsonResponse('OpenAPI 3.1', { type: 'object' }) },
    },
  },
].map(({ operation, ...where }) => ({ ...where, operation: { tags: ['Operations'], ...operation } }))

function done(properties: Readonly<Record<string, object>>): object {
  const schema = {
    type: 'object',
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  }
  return jsonResponse('Done', schema)
}

function adminError(): object {
  return { $ref: '#/components/responses/AdminError' }
}
