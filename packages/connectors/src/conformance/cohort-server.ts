import {
  type CohortIdentifier,
  credentialsOf,
  parseCohortImport,
  parseCohortName,
} from '@muster/core/braze/cohorts.ts'
import { type BrazeRefusal, brazeRefusals, brazeSuccess } from '@muster/core/braze/errors.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { type FaultyServer, parseBody, startFaultyServer } from './faulty-server.ts'

/** A request of the wire, as it came in. */
export interface SeenRequest {
  readonly path: string
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly at: number
  /** When it was answered or its connection was gone; null while it is in flight. */
  ended: number | null
}

export interface CohortServer extends FaultyServer {
  readonly keys: { readonly partnerApiKey: string; readonly dataImportKey: string }
  /** cohort id → members, as `profileOf` names them. */
  readonly cohorts: Map<string, { name: string | null; members: Set<string> }>
  readonly seen: SeenRequest[]
  /** An import that holds such an identifier is refused whole. */
  refuse: (identifier: CohortIdentifier) => boolean
  /** Whose identifier it is: several may be of one profile. As `formatIdentifier` writes it, where nothing is said. */
  profileOf: (identifier: CohortIdentifier) => string
}

/** Braze's two cohort endpoints on a real socket: the answers of `core/braze`, membership in memory. */
export async function startCohortServer(partner = 'hightouch'): Promise<CohortServer> {
  const far: Omit<CohortServer, keyof FaultyServer> = {
    keys: { partnerApiKey: 'partner-key-canary', dataImportKey: 'import-key-canary' },
    cohorts: new Map(),
    seen: [],
    refuse: () => false,
    profileOf: formatIdentifier,
  }
  const server = await startFaultyServer({
    seen: ({ path, text }) => {
      const parsed = parseCohortImport(parseBody(text))
      const ids = (remove: boolean): string[] =>
        parsed.ok
          ? parsed.value.changes.filter((c) => c.remove === remove).map((c) => formatIdentifier(c.identifier))
          : []
      return far.seen.push({ path, add: ids(false), remove: ids(true), at: Date.now(), ended: null })
    },
    ended: (number) => {
      const request = far.seen[number - 1]
      if (request) request.ended = Date.now()
    },
    take: ({ path, text }) => {
      const refusal = take(state, { partner, path, body: parseBody(text) })
      if (refusal === null) return { status: 201, body: JSON.stringify(brazeSuccess) }
      const { status, message } = brazeRefusals[refusal]
      return { status, body: JSON.stringify({ message }) }
    },
  })
  const state: CohortServer = Object.assign(server, far)
  return state
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
    if (remove) members.delete(state.profileOf(identifier))
    else members.add(state.profileOf(identifier))
  }
  return null
}

function cohortOf(state: CohortServer, id: string): { name: string | null; members: Set<string> } {
  const known = state.cohorts.get(id) ?? { name: null, members: new Set<string>() }
  state.cohorts.set(id, known)
  return known
}
