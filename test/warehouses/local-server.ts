import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** An HTTP server on 127.0.0.1 that keeps what it was asked. */
export interface LocalServer {
  readonly port: number
  /** `POST /v1/statement`, without the query string. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export type Handler = (request: IncomingMessage, url: URL, body: Buffer) => Promise<Answer>

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | object
}

/** With a key and certificate it speaks TLS. */
export async function openServer(
  handle: Handler,
  tls?: { readonly key: string; readonly cert: string },
): Promise<LocalServer> {
  const asked: string[] = []
  const listener: RequestListener = (request, response) => {
    serve(handle, asked, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function serve(
  handle: Handler,
  asked: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
  asked.push(`${request.method} ${url.pathname}`)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { status = 200, headers = {}, body = '' } = await handle(request, url, Buffer.concat(chunks))
  const isObject = typeof body === 'object' && !Buffer.isBuffer(body)
  response.writeHead(status, { ...(isObject ? { 'content-type': 'application/json' } : {}), ...headers })
  response.end(isObject ? JSON.stringify(body) : body)
}

/** Waits a moment for a slow answer: what it gives, or null where it is not there yet. */
export function withinMoment<T>(work: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), 50)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
