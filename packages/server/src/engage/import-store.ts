import { type Fate, fates } from '@muster/core/engage/membership.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { type ImportCounts, identifierKinds } from './import-cohort.ts'
import { workspaceId } from './workspace.ts'

export interface ImportRow extends ImportCounts {
  readonly request_id: string
  readonly partner: string
  readonly cohort_id: string
  readonly at: Instant
}

const columns = sql`
  i.request_id, c.partner, c.cohort_id, i.at, i.ids, i.added, i.already_in, i.removed, i.not_in, i.unknown,
  i.device_of_identified`
const withCohort = sql`
  engage.cohort_import i join engage.cohort c on c.workspace_id = i.workspace_id and c.cohort = i.cohort`

export interface ImportQuery {
  readonly partner: string | null
  readonly cohortId: string | null
  readonly limit: number
}

/** Imports, newest first. */
export function listImports(
  database: Queryable,
  { partner, cohortId, limit }: ImportQuery,
): Promise<ImportRow[]> {
  return database.rows<ImportRow>(sql`
    select ${columns} from ${withCohort}
    where i.workspace_id = ${workspaceId}
      and (${partner}::text is null or c.partner = ${partner})
      and (${cohortId}::text is null or c.cohort_id = ${cohortId})
    order by i.import desc limit ${limit}`)
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
        select ${columns} from ${withCohort}
        where i.workspace_id = ${workspaceId} and i.request_id = ${requestId}::uuid`)
    : []
  if (!summary) {
    throw missing('unknown_import', `there is no import "${requestId}"`, {
      hint: 'Take its id from the X-Request-Id of the answer, or from the list of imports.',
    })
  }
  const coded = await database.rows<CodedFate>(sql`
    select f.kind, f.label, f.value, f.remove, f.fate
    from engage.cohort_import i, ${codedFates}
    where i.workspace_id = ${workspaceId} and i.request_id = ${requestId}::uuid
    order by f.place`)
  return { summary, fates: coded.map(decodeFate) }
}
