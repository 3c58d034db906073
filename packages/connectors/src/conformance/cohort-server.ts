import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CohortIdentifier,
  credentialsOf,
  parseCohortImport,
  parseCohortName,
} from '@muster/core/braze/cohorts.ts'
import { type BrazeRefusal, brazeRefusals, brazeSuccess } from '@muster/core/braze/errors.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'

/** A request of the wire, as it came in. */
export interface SeenRequest {
  readonly path: string
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly at: number
}

/** What the server does in place of its ordinary answer. */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Takes the request's effect, then gives this answer. */
  | { readonly kind: 'applied_then'; readonly status: number; readonly body: string }
  /** Takes the request's effect and never answers. */
  | { readonly kind: 'applied_then_silence' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' }

export interface CohortServer {
  /** `http://127.0.0.1:…` */
  readonly url: string
  readonly keys: { readonly partnerApiKey: string; readonly dataImportKey: string }
  /** cohort id → members, as `formatIdentifier` writes them. */
  readonly cohorts: Map<string, { name: string | null; members: Set<string> }>
  readonly seen: SeenRequest[]
  /** The next requests meet these, in their order; null: the ordinary answer. */
  readonly faults: (Fault | null)[]
  /** An import that holds such an identifier is refused whole. */
  refuse: (identifier: CohortIdentifier) => boolean
  /** Every answer waits this long. */
  delayMs: number
  close(): Promise<void>
}

/** Braze's two cohort endpoints on a real socket: the answers of `core/braze`, membership in memory. */
export async function startCohortServer(partner = 'hightouch'): Promise<CohortServer> {
  const server = createServer((request, response) => {
    answer(state, partner, { request, response }).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const state: CohortServer = {
    url: `http://127.0.0.1:${port}`,
    keys: { partnerApiKey: 'partner-key-canary', dataImportKey: 'import-key-canary' },
    cohorts: new Map(),
    seen: [],
    faults: [],
    refuse: () => false,
    delayMs: 0,
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
}

async function answer(state: CohortServer, partner: string, { request, response }: Exchange): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const path = request.url ?? ''
  const body: unknown = parse(text)
  const parsed = parseCohortImport(body)
  const ids = (remove: boolean): string[] =>
    parsed.ok
      ? parsed.value.changes.filter((c) => c.remove === remove).map((c) => formatIdentifier(c.identifier))
      : []
  state.seen.push({ path, add: ids(false), remove: ids(true), at: Date.now() })
  if (state.delayMs > 0) await new Promise((done) => setTimeout(done, state.delayMs))
  const fault = state.faults.shift() ?? null
  const send = (status: number, content: string, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-request-id': `req-${state.seen.length}`,
      ...headers,
    })
    response.end(content)
  }
  if (fault?.kind === 'reset') return void request.socket.resetAndDestroy()
  if (fault?.kind === 'silence') return
  if (fault?.kind === 'status') return send(fault.status, fault.body ?? '{"message":"fault"}', fault.headers)
  const refusal = take(state, { partner, path, body })
  if (fault?.kind === 'applied_then_silence') return
  if (fault?.kind === 'applied_then') return send(fault.status, fault.body)
  if (refusal === null) return send(201, JSON.stringify(brazeSuccess))
  const { status, message } = brazeRefusals[refusal]
  send(status, JSON.stringify({ message }))
}

/** The effect of a request on the cohorts, or why it is refused. */
function take(
  state: CohortServer,
  { partner, path, body }: { readonly partner: string; readonly path: string; readonly body: unknown },
): BrazeRefusal | null {
  const { partnerApiKey, clientSecret } = credentialsOf(body)
  if (partnerApiKey !== state.keys.partnerApiKey) return 'partner_key'
  if (clientSecret !== state.keys.dataImportKey) return 'client_secret'
  if (path === `/partners/${partner}/cohorts`) {
    const named = parseCohortName(body)
    if (!named.ok) return named.refusal
    cohortOf(state, named.value.cohortId).name = named.value.name
    return null
  }
  if (path !== `/partners/${partner}/cohorts/users`) return 'bad_json'
  const changes = parseCohortImport(body)
  if (!changes.ok) return changes.refusal
  if (changes.value.changes.some((change) => state.refuse(change.identifier))) return 'cohort_changes'
  for (const { identifier, remove } of changes.value.changes) {
    const { members } = cohortOf(state, changes.value.cohortId)
    if (remove) members.delete(formatIdentifier(identifier))
    else members.add(formatIdentifier(identifier))
  }
  return null
}

function cohortOf(state: CohortServer, id: string): { name: string | null; members: Set<string> } {
  const known = state.cohorts.get(id) ?? { name: null, members: new Set<string>() }
  state.cohorts.set(id, known)
  return known
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
