import { join } from 'node:path'
import type { ChangeOperation } from '@muster/core/sync/batch.ts'
import { fromPlain, type Identifier } from '@muster/core/sync/identifier.ts'
import type { Changes } from './diff-buckets.ts'
import { type Job, literal, marked, unmarked } from './duckdb-job.ts'
import { foundBy } from './found-by.ts'
import { rowsOfParts } from './part-file.ts'

/** A change that the plan sends, with its number within its operation. */
export interface Change {
  readonly n: number
  readonly identifier: Identifier
  readonly rowKey: string
}

interface ChangeRow {
  readonly n: number
  readonly namespace: string
  readonly value: string
  readonly row_key: string
}

/** The changes of one operation numbered [from, to) within it, in order. Row groups outside are not read. */
export async function readChanges(
  job: Job,
  changes: Changes,
  range: {
    readonly operation: ChangeOperation
    readonly from: number
    readonly to: number
    readonly directory: string
    /** Only those that this text finds. */
    readonly find?: string | undefined
    /** At most so many. */
    readonly limit?: number
  },
): Promise<Change[]> {
  const parts = range.operation === 'remove' ? changes.removed : changes.added
  const files = parts
    .filter((part) => part.from < range.to && part.from + part.rows > range.from)
    .map((part) => join(range.directory, part.file))
  if (files.length === 0) return []
  const rows = await job.rows<ChangeRow>(
    `select n, namespace, ${marked('value')}, ${marked('row_key')}
     from read_parquet([${files.map(literal).join(', ')}]) as change
     where n >= $1 and n < $2 and ${foundBy('$3')}
     order by n limit $4`,
    [range.from, range.to, range.find ?? '', range.limit ?? range.to - range.from],
  )
  return rows.map(({ n, namespace, value, row_key }) => ({
    n,
    identifier: fromPlain({ namespace, value: unmarked(value) }),
    rowKey: unmarked(row_key),
  }))
}

/** A FROM item with the changes that a plan sends: (n, operation, namespace, value, row_key), n being the number in the plan. */
export function sentRows(
  { removed, added }: Pick<Changes, 'removed' | 'added'>,
  plan: { readonly removed: number; readonly directory: string },
): string {
  const rows = (parts: Changes['added']): string =>
    rowsOfParts(parts, plan.directory, "0 as n, '' as namespace, '' as value, '' as row_key")
  return `(
    select n::bigint as n, 'remove' as operation, namespace, value, row_key from ${rows(removed)}
    union all
    select n::bigint + ${plan.removed}, 'add', namespace, value, row_key from ${rows(added)}
  )`
}
