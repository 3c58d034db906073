import { fetchStory, isUnknown, type Story } from '@muster/core/api/story.ts'
import { missing } from '@muster/core/lib/error.ts'
import { api } from '../api.ts'

/** Takes how a user is written. Throws `missing` where neither half knows them. */
export async function fetchKnownStory(user: string): Promise<Story> {
  const story = await fetchStory(api, user)
  if (!isUnknown(story)) return story
  throw missing('unknown_user', `nobody is known by ${user}`, {
    hint: 'Name a user by external_id, alias:LABEL:NAME, device:ID or braze:ID.',
  })
}
