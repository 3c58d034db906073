import type { EngageStory, UserDetail } from '@muster/core/api/engage.ts'
import type { SyncStory } from '@muster/core/api/sync.ts'
import { MusterError, missing } from '@muster/core/lib/error.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import { api } from '../api.ts'

/** One person's way through both halves; a half that does not know the person, or is not served here, has no part. */
export interface Story {
  readonly sync: readonly SyncStory[]
  readonly engage: EngageStory | null
}

/** The most identifiers that the sync half is asked for at once. */
const mostIdentifiers = 50

/** Takes how a user is written (`4711`, `alias:crm:C-12`, `device:8f3a`, `braze:…`). Throws `missing` where neither half knows them. */
export async function fetchStory(user: string): Promise<Story> {
  const engage = await api.getUserStory({ query: { user } }).catch(whenMissing)
  const named = readIdentifier(user)
  const known = engage ? identifiersOf(engage.user) : []
  const identifiers = known.length === 0 && named !== null ? [named] : known
  const sync =
    identifiers.length === 0 ? [] : await api.getSyncStories({ body: { identifiers } }).catch(whenMissing)
  if (engage === null && (sync ?? []).length === 0) {
    throw missing('unknown_user', `nobody is known by ${user}`, {
      hint: 'Name a user by external_id, alias:LABEL:NAME, device:ID or braze:ID.',
    })
  }
  return { sync: sync ?? [], engage }
}

function whenMissing(error: unknown): null {
  if (error instanceof MusterError && error.kind === 'missing') return null
  throw error
}

function identifiersOf(user: UserDetail): Identifier[] {
  const external: Identifier[] =
    user.external_id === null ? [] : [{ kind: 'external_id', value: user.external_id }]
  const aliases = user.aliases.map(({ label, name }): Identifier => ({ kind: 'alias', label, name }))
  const devices = user.devices.map((value): Identifier => ({ kind: 'device_id', value }))
  return [...external, ...aliases, ...devices].slice(0, mostIdentifiers)
}

function readIdentifier(text: string): Identifier | null {
  const [kind, label = '', ...rest] = text.split(':')
  if (kind === 'braze') return null
  if (kind === 'alias' && rest.length > 0) return { kind: 'alias', label, name: rest.join(':') }
  if (kind === 'device') return { kind: 'device_id', value: text.slice('device:'.length) }
  return { kind: 'external_id', value: text }
}
