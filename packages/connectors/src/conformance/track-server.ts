import { brazeRefusals, brazeSuccess } from '@muster/core/braze/errors.ts'
import { parseTrack } from '@muster/core/braze/users.ts'
import { isObject, type Json } from '@muster/core/lib/json.ts'
import { formatIdentifier, type Identifier } from '@muster/core/sync/identifier.ts'
import { type Answer, type FaultyServer, parseBody, startFaultyServer } from './faulty-server.ts'

export interface TrackServer extends FaultyServer {
  readonly key: string
  /** user, as `formatIdentifier` writes it → custom attributes. */
  readonly users: Map<string, Map<string, unknown>>
  readonly requests: string[]
  /** An object for such a user is left out, as Braze does it: the answer is 201 and lists it under `errors`. */
  refuse: (identifier: Identifier) => boolean
}

/** Braze's `/users/track` on a real socket, for attributes only: every user that is named exists. */
export async function startTrackServer(): Promise<TrackServer> {
  const far: Omit<TrackServer, keyof FaultyServer> = {
    key: 'rest-key-canary',
    users: new Map(),
    requests: [],
    refuse: () => false,
  }
  const server = await startFaultyServer({
    seen: ({ path }) => far.requests.push(path),
    take: ({ path, headers, text }) => {
      if (headers.authorization !== `Bearer ${far.key}`) {
        return answer(401, { message: `Invalid API key: ${headers.authorization}` })
      }
      return path === '/users/track' ? track(state, parseBody(text)) : answer(404, { message: 'Not Found' })
    },
  })
  const state: TrackServer = Object.assign(server, far)
  return state
}

function track(state: TrackServer, body: unknown): Answer {
  const parsed = parseTrack(body, Date.now())
  if (!parsed.ok) return answer(400, { message: brazeRefusals[parsed.refusal].message })
  const errors = parsed.value.attributes.flatMap(({ user, attributes, mayCreate, index }) => {
    const identifier = identifierOf(user)
    if (identifier === null || mayCreate || state.refuse(identifier)) {
      return [{ type: 'the value is not valid', input_array: 'attributes', index }]
    }
    const key = formatIdentifier(identifier)
    const profile = state.users.get(key) ?? new Map<string, unknown>()
    for (const [name, value] of attributes) profile.set(name, changed(profile.get(name), value))
    state.users.set(key, profile)
    return []
  })
  const listed = errors.length > 0 ? { errors } : {}
  return answer(201, { attributes_processed: parsed.value.attributes.length, ...listed, ...brazeSuccess })
}

function identifierOf(user: { readonly kind: string } & Record<string, unknown>): Identifier | null {
  if (user.kind === 'external_id') return { kind: 'external_id', value: String(user.value) }
  if (user.kind === 'alias') return { kind: 'alias', label: String(user.label), name: String(user.name) }
  return null
}

/** `{ "add": […] }` and `{ "remove": […] }` change an array; anything else takes the place of what was there. */
function changed(before: unknown, value: Json): unknown {
  if (!isObject(value)) return value
  const list = Array.isArray(before) ? before : []
  if (Array.isArray(value.add)) return [...new Set([...list, ...value.add])]
  if (Array.isArray(value.remove)) {
    const gone: readonly unknown[] = value.remove
    return list.filter((one) => !gone.includes(one))
  }
  return value
}

function answer(status: number, body: object): Answer {
  return { status, body: JSON.stringify(body) }
}
