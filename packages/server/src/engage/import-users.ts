import { type CsvColumn, columnType, headerProblems, readCsvRow } from '@muster/core/engage/csv-user.ts'
import type { TrackedAttributes } from '@muster/core/engage/track.ts'
import { conflict, invalid } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Database, Queryable } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { keyText } from './find-profiles.ts'
import { retryMoved } from './retry-moved.ts'
import { applyTracked, type TrackedKeys } from './track-users.ts'
import {
  type CountedRows,
  countRows,
  endUserImport,
  getUserImport,
  insertRejects,
  insertUserImport,
  type RejectedRow,
  type StoredUserImport,
} from './user-import-store.ts'

export interface CsvRow {
  /** Of the file, where the row begins. */
  readonly line: number
  readonly cells: readonly string[]
}

/** What a file would be read as, by its first line and some of its rows. Changes nothing. */
export function previewUserImport(names: readonly string[], rows: readonly (readonly string[])[]) {
  const columns = names.map(
    (name, place): CsvColumn => ({
      name,
      type: columnType(
        name,
        rows.map((cells) => cells[place] ?? ''),
      ),
    }),
  )
  const rejected = rows.flatMap((cells, row) => {
    const read = readCsvRow(columns, cells, { existingOnly: false })
    return typeof read === 'string' ? [{ row, reason: read }] : []
  })
  return { columns, problems: headerProblems(names), rejected }
}

/** Opens an import. Throws `invalid` with everything that is wrong with the first line. */
export async function openUserImport(
  database: Queryable,
  given: {
    readonly name: string
    readonly columns: readonly CsvColumn[]
    readonly existingOnly: boolean
    readonly now: Instant
  },
): Promise<StoredUserImport> {
  const problems = headerProblems(given.columns.map(({ name }) => name))
  if (problems.length > 0) {
    throw invalid('bad_header', `the first line of the file is wrong: ${problems[0]}`, {
      hint: 'Mend the first line; nothing was imported.',
      details: problems.map((message) => ({ where: 'line 1', message })),
    })
  }
  return insertUserImport(database, given)
}

/**
 * Imports the rows from number `from` on, in one transaction with what is counted. Rows that were imported already are
 * passed over, so that a batch may be given twice. Throws `conflict` where rows before `from` are missing, or where the
 * import has ended.
 */
export async function importUserRows(
  database: Database,
  id: string,
  { from, rows, now }: { readonly from: number; readonly rows: readonly CsvRow[]; readonly now: Instant },
): Promise<StoredUserImport> {
  return retryMoved(() =>
    database.transaction(async (tx) => {
      const known = await getUserImport(tx, id, sql`for update`)
      requireOpen(known)
      if (from > known.rows_read) {
        throw conflict('rows_missing', `the rows ${known.rows_read} to ${from - 1} were not given yet`, {
          hint: `Go on from row ${known.rows_read}.`,
        })
      }
      const fresh = rows.slice(known.rows_read - from)
      if (fresh.length === 0) return known
      return importFresh(tx, known, { rows: fresh, now })
    }),
  )
}

async function importFresh(
  tx: Queryable,
  { import_id, columns, existing_only, rows_read }: StoredUserImport,
  { rows, now }: { readonly rows: readonly CsvRow[]; readonly now: Instant },
): Promise<StoredUserImport> {
  const read = rows.map(({ cells }) => readCsvRow(columns, cells, { existingOnly: existing_only }))
  const attributes = read.filter((one): one is TrackedAttributes => typeof one !== 'string')
  const keys = await applyTracked(tx, { attributes, events: [], purchases: [] }, now)
  const { reasons, ...counted } = fatesOf(read, keys)
  const rejects = rows.flatMap((row, place): RejectedRow[] => {
    const reason = reasons[place]
    return reason === null || reason === undefined ? [] : [{ row_number: rows_read + place, ...row, reason }]
  })
  await insertRejects(tx, import_id, rejects)
  return countRows(tx, import_id, { ...counted, now })
}

interface RowFates extends CountedRows {
  /** Why a row was rejected, in the order of the rows; null where it was not. */
  readonly reasons: readonly (string | null)[]
}

/** What became of each row: a user who was made counts as created once, as updated by every later row. */
function fatesOf(read: readonly (TrackedAttributes | string)[], keys: TrackedKeys): RowFates {
  const created = new Set<string>()
  let updated = 0
  const reasons = read.map((one) => {
    if (typeof one === 'string') return one
    const key = keyText(one.user)
    if (!keys.known.has(key)) return 'there is no such user'
    if (keys.made.has(key) && !created.has(key)) created.add(key)
    else updated++
    return null
  })
  const rejected = reasons.filter((reason) => reason !== null).length
  return { read: read.length, created: created.size, updated, rejected, reasons }
}

/** Ends an import that has taken its rows, or one that is to take no more. Ending it twice changes nothing. */
export async function closeUserImport(
  database: Database,
  id: string,
  end: { readonly status: 'done' | 'cancelled'; readonly now: Instant },
): Promise<StoredUserImport> {
  return database.transaction(async (tx) => {
    const known = await getUserImport(tx, id, sql`for update`)
    if (known.status === end.status) return known
    requireOpen(known)
    return endUserImport(tx, id, end)
  })
}

function requireOpen({ status }: StoredUserImport): void {
  if (status === 'importing') return
  throw conflict('import_ended', `this import is ${status}`, { hint: 'Begin a new one.' })
}
