import { invalid, missing } from '@muster/core/lib/error.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { type ProfileRow, profileColumns } from './profile-store.ts'
import { workspaceId } from './workspace.ts'

const forms = 'an external_id, alias:LABEL:NAME, device:ID or braze:ID'

/**
 * The user whom a text names: an external_id, `alias:LABEL:NAME`, `device:ID` or `braze:ID`. A label that holds a colon
 * cannot be written so; an external_id that begins like one of the forms is found when the form leads to nobody.
 */
export async function findUser(database: Queryable, text: string): Promise<ProfileRow> {
  if (text.includes('\u0000')) throw invalid('bad_user', `a user is named by ${forms}`)
  const [row] = await database.rows<ProfileRow>(sql`
    select ${profileColumns} from engage.profile p
    where p.workspace_id = ${workspaceId} and ${conditionOf(text)}`)
  if (row) return row
  const [byExternalId] = await database.rows<ProfileRow>(sql`
    select ${profileColumns} from engage.profile p
    where p.workspace_id = ${workspaceId} and p.external_id = ${text}`)
  if (byExternalId) return byExternalId
  throw missing('unknown_user', `there is no user "${text}"`, { hint: `Name the user by ${forms}.` })
}

function conditionOf(text: string): Sql {
  const alias = /^alias:([^:]+):(.+)$/s.exec(text)
  if (alias) {
    return sql`p.profile_id = (select a.profile_id from engage.alias a
      where a.workspace_id = ${workspaceId} and a.label = ${alias[1] ?? ''} and a.name = ${alias[2] ?? ''})`
  }
  if (text.startsWith('device:')) {
    return sql`p.profile_id = (select d.profile_id from engage.device d
      where d.workspace_id = ${workspaceId} and d.device_id = ${text.slice('device:'.length)})`
  }
  if (text.startsWith('braze:')) return sql`p.braze_id = ${text.slice('braze:'.length)}`
  return sql`p.external_id = ${text}`
}
