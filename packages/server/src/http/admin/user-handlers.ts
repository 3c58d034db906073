import type { EngageStory } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { explain } from '@muster/core/engage/segment.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Engage } from '../../engage/engage.ts'
import { findUser } from '../../engage/find-user.ts'
import { listMemberships, type MembershipRow } from '../../engage/memberships.ts'
import { messageId } from '../../engage/message-id.ts'
import { countUsers, type ProfileRow, profileOf } from '../../engage/profile-store.ts'
import { listSegments, readCohorts } from '../../engage/segment-store.ts'
import { fatesIn, lastFates, listMessages, readNames, type StoriedFate } from '../../engage/story.ts'
import { explained } from './explained.ts'
import { userDetail } from './user-shape.ts'

type UserRoutes = Pick<EngageRoutes, 'countUsers' | 'getUser' | 'getUserStory'>

/** Users, and why they got what they got. */
export function userHandlers({ database }: Engage): Handlers<UserRoutes> {
  return {
    countUsers: () => countUsers(database),
    getUser: async ({ query }) => {
      const row = await findUser(database, query.user)
      const names = await readNames(database, row.profile_id)
      return userDetail(row, names, await listMemberships(database, row.profile_id))
    },
    getUserStory: async ({ query }) => storyOf(database, await findUser(database, query.user)),
  }
}

async function storyOf(database: Engage['database'], row: ProfileRow): Promise<EngageStory> {
  const names = await readNames(database, row.profile_id)
  const memberships = await listMemberships(database, row.profile_id)
  const requestIds = memberships.map((membership) => membership.request_id)
  const joined = await fatesIn(database, { row, names }, requestIds)
  const last = await lastFates(database, row, names)
  const messages = await listMessages(database, row.profile_id)
  return {
    user: userDetail(row, names, memberships),
    memberships: memberships.map((membership) => ({
      partner: membership.partner,
      cohort_id: membership.cohort_id,
      name: membership.name,
      joined_at: toIso(membership.joined_at),
      import_id: membership.request_id,
      matched_by: matchedBy(membership, joined),
    })),
    imports: last.map((fate) => ({
      ...importedId(fate),
      import_id: fate.import_id,
      cohort_id: fate.cohort_id,
      at: toIso(fate.at),
    })),
    segments: await segmentsOf(database, row, memberships),
    messages: messages.map(({ send, at, ...message }) => ({
      id: messageId(send),
      at: toIso(at),
      ...message,
    })),
  }
}

function importedId({ kind, label, value, remove, fate }: StoriedFate) {
  return { kind, label, value, remove, fate }
}

/** The id that brought the person in; none of those known today when the person has lost it since. */
function matchedBy(membership: MembershipRow, joined: readonly StoriedFate[]) {
  const ofImport = joined.filter((fate) => fate.import_id === membership.request_id)
  const found = ofImport.find((fate) => fate.fate === 'added') ?? ofImport.find((fate) => !fate.remove)
  return found ? importedId(found) : null
}

async function segmentsOf(
  database: Engage['database'],
  row: ProfileRow,
  memberships: readonly MembershipRow[],
): Promise<EngageStory['segments']> {
  const segments = await listSegments(database)
  const cohorts = await readCohorts(
    database,
    segments.map(({ filter }) => filter),
  )
  const profile = profileOf(row, new Set(memberships.map(({ cohort }) => cohort)))
  return segments.map(({ name, filter }) => {
    const why = explain(filter, profile, cohorts.ids, cohorts.names)
    return { name, member: why.holds, why: explained(why) }
  })
}
