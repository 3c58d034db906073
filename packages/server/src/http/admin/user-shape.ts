import type { UserDetail } from '@muster/core/api/engage.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { MembershipRow } from '../../engage/memberships.ts'
import { contentOf, type ProfileRow, type UserRefRow } from '../../engage/profile-store.ts'
import type { UserNames } from '../../engage/story.ts'

export function userRef({ braze_id, external_id, first_name, last_name }: UserRefRow): UserRefRow {
  return { braze_id, external_id, first_name, last_name }
}

export function userDetail(
  row: ProfileRow,
  names: UserNames,
  memberships: readonly MembershipRow[],
): UserDetail {
  const { fields, custom } = contentOf(row)
  return {
    ...userRef(row),
    created_at: toIso(row.created_at),
    fields: { ...fields },
    custom_attributes: { ...custom },
    aliases: [...names.aliases],
    devices: [...names.devices],
    cohorts: memberships.map(({ partner, cohort_id, name }) => ({ partner, cohort_id, name })),
  }
}
