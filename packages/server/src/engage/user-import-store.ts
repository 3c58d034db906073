import { randomUUID } from 'node:crypto'
import type { CsvColumn } from '@muster/core/engage/csv-user.ts'
import { missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { workspaceId } from './workspace.ts'

export interface StoredUserImport {
  readonly import_id: string
  readonly name: string
  readonly columns: readonly CsvColumn[]
  readonly existing_only: boolean
  readonly status: 'importing' | 'done' | 'cancelled'
  readonly rows_read: number
  readonly created: number
  readonly updated: number
  readonly rejected: number
  readonly started_at: Instant
  readonly touched_at: Instant
}

const columns = sql`
  import_id, name, columns, existing_only, status, rows_read, created, updated, rejected, started_at, touched_at`

export async function insertUserImport(
  on: Queryable,
  {
    name,
    columns: given,
    existingOnly,
    now,
  }: {
    readonly name: string
    readonly columns: readonly CsvColumn[]
    readonly existingOnly: boolean
    readonly now: Instant
  },
): Promise<StoredUserImport> {
  const rows = await on.rows<StoredUserImport>(sql`
    insert into engage.user_import
      (workspace_id, import_id, name, columns, existing_only, status, started_at, touched_at)
    values (${workspaceId}, ${randomUUID()}, ${name}, ${json(given)}, ${existingOnly}, 'importing',
      ${new Date(now)}, ${new Date(now)})
    returning ${columns}`)
  return onlyOf(rows)
}

/** The import, locked until the transaction ends where `lock` says so; `missing` where there is none. */
export async function getUserImport(on: Queryable, id: string, lock: Sql = sql``): Promise<StoredUserImport> {
  const rows = await on.rows<StoredUserImport>(sql`
    select ${columns} from engage.user_import where workspace_id = ${workspaceId} and import_id = ${id} ${lock}`)
  return onlyOf(rows)
}

function onlyOf(rows: readonly StoredUserImport[]): StoredUserImport {
  if (rows[0]) return rows[0]
  throw missing('no_user_import', 'there is no import of users with this id', {
    hint: 'List the imports to see their ids.',
  })
}

export function listUserImports(on: Queryable, limit: number): Promise<StoredUserImport[]> {
  return on.rows<StoredUserImport>(sql`
    select ${columns} from engage.user_import where workspace_id = ${workspaceId}
    order by started_at desc, import_id limit ${limit}`)
}

export async function endUserImport(
  on: Queryable,
  id: string,
  end: { readonly status: 'done' | 'cancelled'; readonly now: Instant },
): Promise<StoredUserImport> {
  const rows = await on.rows<StoredUserImport>(sql`
    update engage.user_import set status = ${end.status}, touched_at = ${new Date(end.now)}
    where workspace_id = ${workspaceId} and import_id = ${id}
    returning ${columns}`)
  return onlyOf(rows)
}

export interface CountedRows {
  readonly read: number
  readonly created: number
  readonly updated: number
  readonly rejected: number
}

export async function countRows(
  tx: Queryable,
  id: string,
  { read, created, updated, rejected, now }: CountedRows & { readonly now: Instant },
): Promise<StoredUserImport> {
  const rows = await tx.rows<StoredUserImport>(sql`
    update engage.user_import
    set rows_read = rows_read + ${read}, created = created + ${created}, updated = updated + ${updated},
      rejected = rejected + ${rejected}, touched_at = ${new Date(now)}
    where workspace_id = ${workspaceId} and import_id = ${id}
    returning ${columns}`)
  return onlyOf(rows)
}

export interface RejectedRow {
  readonly row_number: number
  readonly line: number
  readonly cells: readonly string[]
  readonly reason: string
}

export async function insertRejects(
  tx: Queryable,
  id: string,
  rejects: readonly RejectedRow[],
): Promise<void> {
  if (rejects.length === 0) return
  await tx.rows(sql`
    insert into engage.user_import_reject (workspace_id, import_id, row_number, line, cells, reason)
    select ${workspaceId}, ${id}, n.row_number, n.line,
      array(select value from jsonb_array_elements_text(n.cells) with ordinality as cell (value, place) order by place),
      n.reason
    from unnest(
      ${rejects.map((reject) => reject.row_number)}::bigint[], ${rejects.map((reject) => reject.line)}::bigint[],
      ${rejects.map((reject) => JSON.stringify(reject.cells.map(storable)))}::jsonb[],
      ${rejects.map((reject) => storable(reject.reason))}::text[]
    ) as n (row_number, line, cells, reason)`)
}

/** What PostgreSQL cannot hold (NUL, a lone surrogate) is shown as U+FFFD. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed()
}

export function listRejects(
  on: Queryable,
  id: string,
  page: { readonly after: number; readonly limit: number },
): Promise<RejectedRow[]> {
  return on.rows<RejectedRow>(sql`
    select row_number, line, cells, reason from engage.user_import_reject
    where workspace_id = ${workspaceId} and import_id = ${id} and row_number > ${page.after}
    order by row_number limit ${page.limit}`)
}

/** Forgets imports that nobody has touched since, with their rejected rows. */
export async function forgetUserImports(on: Queryable, before: Instant): Promise<void> {
  await on.rows(sql`
    delete from engage.user_import
    where workspace_id = ${workspaceId} and touched_at < ${new Date(before)}`)
}
