import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { type Changes, gatherRemovedRows } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { type PartFile, rowsOfParts, writePart } from './part-file.ts'
import type { State } from './state.ts'

interface Place {
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where the changes are. */
  readonly folder: string
}

/**
 * True where the changes do not tell which belong together: an addition bears the least key of its rows only, and another of
 * them may have lost an identifier.
 */
export function needsStanding({ rows, removed, added }: DiffCounts): boolean {
  return rows.duplicate > 0 && removed > 0 && added > 0
}

/**
 * Whether it is known of every removal which addition it belongs to. The state keeps one key a member: where several rows named
 * it, another of them may have lost it too.
 */
export function knowsCouples(counts: DiffCounts, changes: Changes, state: State | null): boolean {
  if (counts.removed === 0 || counts.added === 0) return true
  return state?.unshared === true && (changes.standing !== undefined || !needsStanding(counts))
}

/**
 * Writes under what the rows that lost an identifier stand now. `rows` is a FROM item with the columns (namespace, value,
 * row_key): every row that named somebody.
 */
export async function writeStanding(
  job: Job,
  { directory, folder, changes, rows }: Place & { readonly changes: Changes; readonly rows: string },
): Promise<PartFile> {
  await gatherRemovedRows({ job, directory }, changes.removed)
  const query = `select distinct row_key, namespace, value from ${rows} semi join removed_row using (row_key)`
  return writePart(job, { directory, file: `${folder}/standing.parquet`, query })
}

/** Fills `couple` (removed, added), the numbers of changes within their operation; core/sync/coupling.ts says which. */
export async function coupleChanges(
  job: Job,
  { changes, directory }: { readonly changes: Changes; readonly directory: string },
): Promise<void> {
  const shape = "0 as n, '' as namespace, '' as value, '' as row_key"
  const added = rowsOfParts(changes.added, directory, shape)
  // Where no two rows name the same, an addition's own key is that of its only row.
  const standing = changes.standing ? rowsOfParts([changes.standing], directory, shape) : added
  await job.run(`
    create or replace temp table couple as
    select distinct removed.n as removed, added.n as added
    from ${rowsOfParts(changes.removed, directory, shape)} as removed
    join ${standing} as standing using (row_key)
    join ${added} as added on added.value = standing.value and added.namespace = standing.namespace`)
}

/** A FROM item with the numbers (n) of changes. */
export function changeNumbers(parts: readonly PartFile[], directory: string): string {
  return `(select n from ${rowsOfParts(parts, directory, '0 as n')})`
}
