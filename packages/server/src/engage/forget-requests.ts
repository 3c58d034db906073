import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

const rowsPerTurn = 1_000
const answersKeptMs = 48 * 3_600_000

export interface Forgetting {
  readonly now: Instant
  readonly keptMs: number
}

/**
 * Forgets what partner requests said, some of them a turn; true when there is more. Of an import the ids and their fates go;
 * what it came to stays, for members and the history of the cohort name it.
 */
export async function forgetRequests(database: Queryable, { now, keptMs }: Forgetting): Promise<boolean> {
  const before = new Date(now - keptMs)
  const [imports] = await database.rows<{ forgotten: number }>(sql`
    with old as (
      select i.import from engage.cohort_import i
      where i.workspace_id = ${workspaceId}
        and i.import > (select up_to from engage.import_forgotten where workspace_id = ${workspaceId})
      order by i.import limit ${rowsPerTurn}
    ), forgotten as (
      update engage.cohort_import i
      set kinds = '{}', labels = '{}', identifiers = '{}', removes = '{}', fates = '{}'
      from old
      where i.workspace_id = ${workspaceId} and i.import = old.import and i.at < ${before}
      returning i.import
    ), moved as (
      update engage.import_forgotten set up_to = (select max(import) from forgotten)
      where workspace_id = ${workspaceId} and exists (select from forgotten)
    )
    select count(*) as forgotten from forgotten`)
  const requests = await database.rows(sql`
    delete from engage.partner_request
    where workspace_id = ${workspaceId} and request in (
      select request from (
        select request, at from engage.partner_request
        where workspace_id = ${workspaceId} order by request limit ${rowsPerTurn}) oldest
      where at < ${before})
    returning request`)
  await database.rows(sql`
    delete from engage.idempotent_answer where workspace_id = ${workspaceId} and at < ${new Date(now - answersKeptMs)}`)
  return (imports?.forgotten ?? 0) === rowsPerTurn || requests.length === rowsPerTurn
}
