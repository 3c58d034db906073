import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server does in place of its ordinary answer. */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Takes the request's effect, then gives this answer; `cut` breaks the connection before its end. */
  | { readonly kind: 'applied_then'; readonly status: number; readonly body: string; readonly cut?: true }
  /** Takes the request's effect and never answers. */
  | { readonly kind: 'applied_then_silence' }
  | { readonly kind: 'applied_then_reset' }
  /** Breaks the connection, and takes the request's effect only when `deliverHeld` is called. */
  | { readonly kind: 'held' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' }

export interface Request {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** The far end of a destination: what it does with a request, told apart from what goes wrong on the way. */
export interface FaultyServer {
  /** `http://127.0.0.1:…` */
  readonly url: string
  /** The next requests meet these, in their order; null: the ordinary answer. */
  readonly faults: (Fault | null)[]
  /** Every answer waits this long. */
  delayMs: number
  /** Takes the effects of the requests that were held, in their order; returns how many there were. */
  deliverHeld(): number
  close(): Promise<void>
}

interface FarSide {
  /** Told of every request as it comes in, whatever becomes of it; returns its number, from 1. */
  readonly seen: (request: Request) => number
  /** Told of a request's number when it has been answered or its connection is gone. */
  readonly ended?: (number: number) => void
  /** The request's effect, and the ordinary answer to it. */
  readonly take: (request: Request) => Answer
}

/** Starts a server on a real socket that answers by `take`, unless a fault comes first. */
export async function startFaultyServer(far: FarSide): Promise<FaultyServer> {
  const held: Request[] = []
  const server = createServer((request, response) => {
    answer(state, far, { request, response, held }).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const state: FaultyServer = {
    url: `http://127.0.0.1:${port}`,
    faults: [],
    delayMs: 0,
    deliverHeld: () => held.splice(0).map(far.take).length,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return state
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly held: Request[]
}

async function answer(
  state: FaultyServer,
  far: FarSide,
  { request, response, held }: Exchange,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const whole: Request = {
    path: request.url ?? '',
    headers: request.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  }
  const number = far.seen(whole)
  response.on('close', () => far.ended?.(number))
  if (state.delayMs > 0) await new Promise((done) => setTimeout(done, state.delayMs))
  const fault = state.faults.shift() ?? null
  const send = (status: number, content: string, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-request-id': `req-${number}`,
      ...headers,
    })
    response.end(content)
  }
  if (fault?.kind === 'held') held.push(whole)
  if (fault?.kind === 'reset' || fault?.kind === 'held') return void request.socket.resetAndDestroy()
  if (fault?.kind === 'silence') return
  if (fault?.kind === 'status') return send(fault.status, fault.body ?? '{"message":"fault"}', fault.headers)
  const ordinary = far.take(whole)
  if (fault?.kind === 'applied_then_silence') return
  if (fault?.kind === 'applied_then_reset') return void request.socket.resetAndDestroy()
  if (fault?.kind === 'applied_then' && fault.cut) {
    response.writeHead(fault.status, { 'content-type': 'application/json', 'content-length': 1_000 })
    return void response.write(fault.body, () => request.socket.destroy())
  }
  if (fault?.kind === 'applied_then') return send(fault.status, fault.body)
  send(ordinary.status, ordinary.body)
}

/** The JSON of a body; null where it is none. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
