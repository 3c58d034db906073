import type { Fate, MembershipChange } from '@muster/core/engage/membership.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { type Sql, sql } from '../db/sql.ts'
import { cohortKey, lifeOfMembers, lockCohort } from './lifecycle-lock.ts'
import { workspaceId } from './workspace.ts'

/** How each kind of identifier is stored in `cohort_import.kinds`. */
export const identifierKinds = ['external_id', 'alias', 'device_id'] as const

export interface ImportRequest {
  /** A UUID; also the `X-Request-Id` of the answer. */
  readonly requestId: string
  readonly partner: string
  readonly request: { readonly cohortId: string; readonly changes: readonly MembershipChange[] }
  readonly now: Instant
  /** Absent: a partner's own request, by no key that is known. */
  readonly origin?: ImportOrigin
}

/** Why an import happens. */
export interface ImportOrigin {
  /** A partner asked, an administrator repeats a request, or a remembered id has found its profile. */
  readonly cause: 'import' | 'replay' | 'pending'
  /** The data import key of the sender. */
  readonly keyId: string | null
  /** The request that is repeated. */
  readonly replayOf: string | null
}

export type ImportCounts = Readonly<Record<Fate, number>> & { readonly ids: number }

/**
 * Matches, judges, applies and logs one request, as `matchIdentifier` and `applyImport` of core say: one call of the
 * function of 0040_import_function.sql, a transaction of its own unless it is given one, whose end then lets the cohort
 * go. Creates an unknown cohort when there is at least one id, and remembers unknown ids where the cohort asks for it.
 * Throws `conflict` `locked` when another writer holds the cohort for 2 s.
 */
export async function importCohort(on: Queryable, request: ImportRequest): Promise<ImportCounts> {
  if (request.request.changes.length === 0) return noCounts()
  const [counts] = await on.rows<ImportCounts>(importStatement(request), { prepared: 'import_cohort' })
  return counts ?? noCounts()
}

function noCounts(): ImportCounts {
  return { ids: 0, added: 0, already_in: 0, removed: 0, not_in: 0, unknown: 0, device_of_identified: 0 }
}

export interface NamedCohort {
  readonly cohortId: string
  readonly name: string
  readonly createdAt: Instant
}

/** Makes the cohort or names it anew, inside a transaction; the name endpoint of the wire. */
export async function nameCohort(
  tx: Queryable,
  { partner, cohort }: { readonly partner: string; readonly cohort: NamedCohort },
): Promise<void> {
  await lockCohort(tx, partner, cohort.cohortId)
  await tx.rows(sql`
    insert into engage.cohort (workspace_id, partner, cohort_id, name, created_at)
    values (${workspaceId}, ${partner}, ${cohort.cohortId}, ${cohort.name}, ${new Date(cohort.createdAt)})
    on conflict (workspace_id, partner, cohort_id) do update set name = excluded.name`)
}

interface Columns {
  readonly kinds: number[]
  readonly labels: (string | null)[]
  readonly identifiers: string[]
  readonly removes: boolean[]
}

/** What is the same for all ids is left empty, and the function fills it up: an array costs more to write than to fill. */
function columnsOf(changes: readonly MembershipChange[]): Columns {
  const isPlain = changes.every(({ identifier }) => identifier.kind === 'external_id')
  const hasAlias = !isPlain && changes.some(({ identifier }) => identifier.kind === 'alias')
  const hasRemoval = changes.some(({ remove }) => remove)
  return {
    kinds: isPlain ? [] : changes.map(({ identifier }) => identifierKinds.indexOf(identifier.kind)),
    labels: hasAlias
      ? changes.map(({ identifier }) => (identifier.kind === 'alias' ? identifier.label : null))
      : [],
    identifiers: changes.map(({ identifier }) =>
      identifier.kind === 'alias' ? identifier.name : identifier.value,
    ),
    removes: hasRemoval ? changes.map(({ remove }) => remove) : [],
  }
}

const partnersOwn: ImportOrigin = { cause: 'import', keyId: null, replayOf: null }

function importStatement({ requestId, partner, request, now, origin = partnersOwn }: ImportRequest): Sql {
  const { kinds, labels, identifiers, removes } = columnsOf(request.changes)
  return sql`
    select * from engage.import_cohort(
      ${workspaceId}, ${lifeOfMembers}, ${cohortKey(partner, request.cohortId)}::bigint,
      ${requestId}::uuid, ${partner}, ${request.cohortId}, ${new Date(now)}::timestamptz,
      ${kinds}::smallint[], ${labels}::text[], ${identifiers}::text[], ${removes}::boolean[],
      ${origin.cause}, ${origin.keyId}, ${origin.replayOf}::uuid)`
}
