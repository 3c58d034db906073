import { MusterError } from '../lib/error.ts'
import type { Identifier } from '../sync/identifier.ts'
import type { Client } from './client.ts'
import type { EngageStory, UserDetail } from './engage.ts'
import type { Routes } from './routes.ts'
import type { SyncStory } from './sync.ts'

/** One person's way through both halves; a half that does not know the person, or is not served here, has no part. */
export interface Story {
  readonly sync: readonly SyncStory[]
  readonly engage: EngageStory | null
}

/** The most identifiers that the sync half is asked for at once. */
const mostIdentifiers = 50

/**
 * Takes how a user is written (`4711`, `alias:crm:C-12`, `device:8f3a`, `braze:…`) and asks both halves; the sync half is
 * asked for every identifier that the engagement half knows of the person, else for the one that was written.
 */
export async function fetchStory(
  client: Pick<Client<Routes>, 'getUserStory' | 'getSyncStories'>,
  user: string,
): Promise<Story> {
  const engage = await client.getUserStory({ query: { user } }).catch(nullWhenMissing)
  const named = readIdentifier(user)
  const known = engage ? identifiersOf(engage.user) : []
  const identifiers = known.length === 0 && named !== null ? [named] : known
  if (identifiers.length === 0) return { sync: [], engage }
  const sync = await client.getSyncStories({ body: { identifiers } }).catch(nullWhenMissing)
  return { sync: sync ?? [], engage }
}

/** True when neither half has a part for the person. */
export function isUnknown({ sync, engage }: Story): boolean {
  return engage === null && sync.length === 0
}

function nullWhenMissing(error: unknown): null {
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
