import { type Fate, fates } from '@muster/core/engage/membership.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { type ImportCounts, type ImportOrigin, identifierKinds } from './import-cohort.ts'
import type { PartnerEndpoint } from './partner-request-log.ts'
import { workspaceId } from './workspace.ts'

/** A partner's request, refused or not. */
export interface ImportRow extends ImportCounts {
  readonly request_id: string
  readonly partner: string
  readonly cohort_id: string | null
  readonly at: Instant
  readonly endpoint: PartnerEndpoint
  readonly status: number
  readonly message: string | null
  readonly cause: ImportOrigin['cause']
  readonly replay_of: string | null
  /** Masked. */
  readonly key: string | null
}

/** What the import's log has was answered 201. */
const importColumns = sql`
  i.request_id, c.partner, c.cohort_id, i.at, 'users' as endpoint, 201 as status, null::text as message, i.cause,
  i.replay_of, i.key_id, i.ids, i.added, i.already_in, i.removed, i.not_in, i.unknown, i.device_of_identified`
const withCohort = sql`
  engage.cohort_import i join engage.cohort c on c.workspace_id = i.workspace_id and c.cohort = i.cohort`
const requestColumns = sql`
  r.request_id, r.partner, r.cohort_id, r.at, r.endpoint, r.status, r.message, 'import' as cause,
  null::uuid as replay_of, r.key_id, 0 as ids, 0 as added, 0 as already_in, 0 as removed, 0 as not_in, 0 as unknown,
  0 as device_of_identified`

export interface ImportQuery {
  readonly partner: string | null
  readonly cohortId: string | null
  readonly status: number | null
  /** An id that the import named. */
  readonly id: string | null
  readonly limit: number
}

/** So many of the newest imports are searched for an id: ids have no index, it would cost every import. */
export const searchedImports = 20_000

/** Partner requests, newest first. */
export function listImports(database: Queryable, query: ImportQuery): Promise<ImportRow[]> {
  const { partner, cohortId, status, id, limit } = query
  const isSearch =
    id === null
      ? sql`true`
      : sql`i.identifiers @> ${[id]}::text[] and i.import > (
    select coalesce(max(import), 0) - ${searchedImports} from engage.cohort_import where workspace_id = ${workspaceId})`
  return database.rows<ImportRow>(sql`
    select both_logs.*, k.masked as key
    from (
      (select ${importColumns} from ${withCohort}
       where i.workspace_id = ${workspaceId} and ${status === null || status === 201}
         and (${partner}::text is null or c.partner = ${partner})
         and (${cohortId}::text is null or c.cohort_id = ${cohortId}) and ${isSearch}
       order by i.import desc limit ${limit})
      union all
      (select ${requestColumns} from engage.partner_request r
       where r.workspace_id = ${workspaceId} and ${id === null} and (${status}::int is null or r.status = ${status})
         and (${partner}::text is null or r.partner = ${partner})
         and (${cohortId}::text is null or r.cohort_id = ${cohortId})
       order by r.request desc limit ${limit})
    ) both_logs
    left join engage.api_key k on k.workspace_id = ${workspaceId} and k.key_id = both_logs.key_id
    order by both_logs.at desc, both_logs.request_id limit ${limit}`)
}

/** One id of an import with what became of it. */
export interface FateRow {
  readonly kind: (typeof identifierKinds)[number]
  readonly label: string | null
  readonly value: string
  readonly remove: boolean
  readonly fate: Fate
}

interface CodedFate {
  readonly kind: number
  readonly label: string | null
  readonly value: string
  readonly remove: boolean
  readonly fate: number
}

/** The ids of an import `i`, one a row, as coded in its arrays. */
export const codedFates: Sql = sql`
  unnest(i.kinds, i.labels, i.identifiers, i.removes, i.fates) with ordinality
    as f (kind, label, value, remove, fate, place)`

export function decodeFate({ kind, label, value, remove, fate }: CodedFate): FateRow {
  const kindName = identifierKinds[kind]
  const fateName = fates[fate]
  if (kindName === undefined || fateName === undefined) throw new TypeError('an import holds an unknown code')
  return { kind: kindName, label, value, remove, fate: fateName }
}

/** An import with the fate of each id, in the order of the request. */
export async function getImport(
  database: Queryable,
  requestId: string,
): Promise<{ readonly summary: ImportRow; readonly fates: readonly FateRow[] }> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(requestId)
  const [summary] = isId
    ? await database.rows<ImportRow>(sql`
        select either.*, k.masked as key
        from (
          select ${importColumns} from ${withCohort}
          where i.workspace_id = ${workspaceId} and i.request_id = ${requestId}::uuid
          union all
          select ${requestColumns} from engage.partner_request r
          where r.workspace_id = ${workspaceId} and r.request_id = ${requestId}::uuid
        ) either
        left join engage.api_key k on k.workspace_id = ${workspaceId} and k.key_id = either.key_id`)
    : []
  if (!summary) {
    throw missing('unknown_import', `there is no import "${requestId}"`, {
      hint: 'Take its id from the X-Request-Id of the answer, or from the list of imports.',
    })
  }
  return { summary, fates: await readFates(database, requestId) }
}

/** The fate of each id of an import, in the order of the request; none once they are forgotten. */
export async function readFates(database: Queryable, requestId: string): Promise<FateRow[]> {
  const coded = await database.rows<CodedFate>(sql`
    select f.kind, f.label, f.value, f.remove, f.fate
    from engage.cohort_import i, ${codedFates}
    where i.workspace_id = ${workspaceId} and i.request_id = ${requestId}::uuid
    order by f.place`)
  return coded.map(decodeFate)
}
