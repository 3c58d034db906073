import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Only our own files may run; messages and names of people are shown as text, and no page of ours may be framed. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const

/** The documentation page carries its own script within it; what it talks to is us, and nobody else. */
const docsHeaders = {
  ...securityHeaders,
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
} as const

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Muster</title>
<p>The web app is not built. Run <code>npm run build:web</code> and load this page again.</p>`

/** A browser that loads a page, on a path that the web app and Braze's surface may share (`/partners/…`). */
export function asksForPage(request: FastifyRequest): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
}

/** Serves the web app: its files, and its one page for every path that it routes itself. */
export async function registerWeb(app: FastifyInstance, folder: string): Promise<void> {
  app.addHook('onSend', async (request, reply) => {
    reply.headers(request.url.startsWith('/docs') ? docsHeaders : securityHeaders)
  })
  const built = existsSync(join(folder, 'index.html'))
  if (built)
    await app.register(fastifyStatic, { root: folder, wildcard: false, cacheControl: true, maxAge: '1h' })
  app.setNotFoundHandler(async (request, reply) => {
    if (asksForPage(request) && !request.url.startsWith('/api/')) {
      reply.header('cache-control', 'no-cache')
      return built ? reply.sendFile('index.html', { maxAge: 0 }) : reply.type('text/html').send(notBuilt)
    }
    if (request.url.startsWith('/api/')) {
      const error = {
        kind: 'missing',
        code: 'no_route',
        message: `there is no ${request.method} ${request.url.split('?')[0]}`,
      }
      return reply.code(404).send({ error })
    }
    return reply.code(404).send({ message: 'Invalid URL' })
  })
}
