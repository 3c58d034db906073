import type { Changes } from './diff-buckets.ts'
import { type Job, literal } from './duckdb-job.ts'
import { type NumberRange, rangeTable } from './fold-state.ts'
import { type PartFile, rowsOfParts, settleDirectory, writePart } from './part-file.ts'
import { sentRows } from './read-changes.ts'

/**
 * The rejections of a sync (core/sync/rejected.ts) are a file with the columns (operation, namespace, value, row_key, tries, reason,
 * first_run, last_run), beside its state and as large as they are many.
 */
export const rejectionShape = `'' as operation, '' as namespace, '' as value, '' as row_key, 0::integer as tries, '' as reason,
  0::bigint as first_run, 0::bigint as last_run`

const columns = 'operation, namespace, value, row_key, tries, reason, first_run, last_run'

/** What a run was planned with: what was still known of rejections, and how often that was forgotten until then. */
export interface RejectionBase {
  readonly epoch: number
  readonly kept: PartFile | null
}

interface Place {
  readonly job: Job
  /** The sync's directory. */
  readonly directory: string
}

/** A FROM item with the rejections of a file. */
export function rejectionRows(part: PartFile | null, directory: string): string {
  return rowsOfParts(part ? [part] : [], directory, rejectionShape)
}

/**
 * Fills `found` with the rejections whose changes a comparison has found again (`keepRejections`), each with the change's number `n`
 * within its operation, and writes them. Null where there are none.
 */
export async function keepFound(
  { job, directory }: Place,
  { known, changes, file }: { readonly known: PartFile; readonly changes: Changes; readonly file: string },
): Promise<PartFile | null> {
  const among = (operation: 'add' | 'remove', parts: Changes['added']): string => `
    select change.n, known.*
    from ${rowsOfParts(parts, directory, "0 as n, '' as namespace, '' as value, '' as row_key")} as change
    join ${rejectionRows(known, directory)} as known using (value, namespace, row_key)
    where known.operation = '${operation}'`
  await job.run(`
    create or replace temp table found as
    ${among('remove', changes.removed)} union all ${among('add', changes.added)}`)
  return written(await writePart(job, { directory, file, query: `select ${columns} from found` }))
}

/** Writes the rejections as they are: of a run that compares nothing with the model. */
export async function keepAll(
  { job, directory }: Place,
  { known, file }: { readonly known: PartFile; readonly file: string },
): Promise<PartFile | null> {
  const query = `select ${columns} from ${rejectionRows(known, directory)}`
  return written(await writePart(job, { directory, file, query }))
}

export interface Remembering extends Place {
  readonly run: number
  readonly changes: Changes
  /** How many removals the plan has: additions are numbered after them. */
  readonly removed: number
  readonly kept: PartFile | null
  readonly accepted: readonly NumberRange[]
  /** A file of JSON lines: the number of each change that was rejected (change_from), and the answer. */
  readonly rejected: string
  /** Where the new file goes, and its folder; relative to the sync's directory. */
  readonly folder: string
  readonly file: string
}

/**
 * The rejections after a run (`rememberRejections`), in a new file; null where there are none. It begins from what the plan had kept,
 * so that a run that is folded twice counts once.
 */
export async function rememberSettled(remembering: Remembering): Promise<PartFile | null> {
  const { job, directory, run, changes, removed, kept, accepted, rejected, folder, file } = remembering
  const sent = sentRows(changes, { removed, directory })
  const before = rejectionRows(kept, directory)
  await rangeTable(job, 'accepted_range', accepted)
  await job.run(`
    create or replace temp table refused as
    from read_json(${literal(rejected)}, format = 'newline_delimited', columns = {change_from: 'bigint', answer: 'varchar'})`)
  const query = `
    with rejected as (
      select sent.operation, sent.namespace, sent.value, sent.row_key, refused.answer
      from ${sent} as sent join refused on refused.change_from = sent.n
    ), settled as (
      select operation, namespace, value from rejected
      union all
      select operation, namespace, value from ${kept ? sent : `(${emptySent})`} as sent
      where exists (from accepted_range where sent.n >= first and sent.n < past)
    )
    select rejected.operation, namespace, value, row_key, (coalesce(known.tries, 0) + 1)::integer as tries,
      coalesce(rejected.answer, '') as reason, coalesce(known.first_run, ${Math.trunc(run)})::bigint as first_run,
      ${Math.trunc(run)}::bigint as last_run
    from rejected left join ${before} as known using (operation, namespace, value, row_key)
    union all
    select ${columns} from ${before} anti join settled using (operation, namespace, value)
    order by operation, namespace, value`
  const part = written(await writePart(job, { directory, file, query }))
  await settleDirectory(`${directory}/${folder}`)
  return part
}

const emptySent = "select 0::bigint as n, '' as operation, '' as namespace, '' as value where false"

function written(part: PartFile): PartFile | null {
  return part.rows === 0 ? null : part
}
