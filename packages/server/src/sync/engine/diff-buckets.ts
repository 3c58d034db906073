import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { type PartFile, proveParts, settleDirectory, writePart } from './part-file.ts'
import { accountRows, type SplitRows } from './split-rows.ts'
import { type State, stateOfBucket } from './state.ts'

/** A bucket's part of the changes of one kind. Its rows are numbered from `from` on in the column `n`. */
export interface ChangePart extends PartFile {
  readonly bucket: number
  readonly from: number
}

/**
 * The changes of a plan as files with the columns (n, namespace, value, hash, row_key). Removals and additions are
 * numbered apart, each from 0; a change's number in the plan is n for a removal and removed + n for an addition.
 */
export interface Changes {
  readonly bits: number
  readonly removed: readonly ChangePart[]
  readonly added: readonly ChangePart[]
  /** Unchanged members that another row names now: the fold takes over that row's key, and nothing is sent. */
  readonly moved: readonly ChangePart[]
}

export interface DiffJob {
  readonly job: Job
  readonly split: SplitRows
  readonly mode: SyncMode
  readonly state: State | null
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where the changes are written. */
  readonly folder: string
}

const rowShape = "'' as namespace, '' as value, 0 as hash, '' as row_key"

type Kind = 'removed' | 'added' | 'moved'

/**
 * The set-based twin of core's `diff`, a bucket at a time: one full join between the members of the read and the
 * accepted ones tells the new, the gone and the moved. Without a state nothing is removed (design §3.9).
 */
export async function diffBuckets(diff: DiffJob): Promise<{ counts: DiffCounts; changes: Changes }> {
  const { job, split, state, directory } = diff
  if (state)
    await proveParts(job, state.files, { directory, what: 'the record of what the destination has accepted' })
  const parts: Record<Kind, ChangePart[]> = { removed: [], added: [], moved: [] }
  const totals = { members: 0, removed: 0, added: 0, moved: 0 }
  const write = async (kind: Kind, bucket: number, rows: string): Promise<void> => {
    const part = await writeChanges(diff, {
      kind,
      bucket,
      rows,
      from: totals[kind],
      part: parts[kind].length,
    })
    if (part.rows === 0) return
    parts[kind].push(part)
    totals[kind] += part.rows
  }
  for (let bucket = 0; bucket < 2 ** split.bits; bucket++) {
    const compared = await compareBucket(diff, bucket)
    totals.members += compared.members
    const kinds = compared.kinds.filter((kind) => kind !== 'removed' || diff.mode !== 'add_only')
    for (const kind of kinds) await write(kind, bucket, `from compared where kind = '${kind}'`)
  }
  const fresh = totals.added
  if (totals.removed > 0) {
    await gatherRemovedRows(diff, parts.removed)
    for (let bucket = 0; bucket < 2 ** split.bits; bucket++)
      await write('added', bucket, againSql(diff, bucket))
  }
  await settleDirectory(`${directory}/${diff.folder}`)
  const counts: DiffCounts = {
    rows: accountRows(split, totals.members),
    accepted: state?.members ?? null,
    removed: totals.removed,
    added: totals.added,
    unchanged: totals.members - fresh,
    reasserted: totals.added - fresh,
  }
  return { counts, changes: { bits: split.bits, ...parts } }
}

/**
 * Fills `compared` with what differs in the bucket; returns the kinds there are and how many members the read gives:
 * those that were known before without the removed ones, and the new.
 */
async function compareBucket(
  { job, split, state, directory }: DiffJob,
  bucket: number,
): Promise<{ readonly members: number; readonly kinds: readonly Kind[] }> {
  const rows = parquet(split.files.get(bucket) ?? [], rowShape)
  const before = stateOfBucket(state, bucket, { bits: split.bits, directory })
  await job.run(`
    create or replace temp table compared as
    select
      case
        when member.value is null then 'removed'
        when accepted.value is null or not accepted.sure then 'added'
        else 'moved'
      end as kind,
      accepted.value is null as is_new,
      coalesce(member.namespace, accepted.namespace) as namespace,
      coalesce(member.value, accepted.value) as value,
      coalesce(member.hash, accepted.hash) as hash,
      coalesce(member.row_key, accepted.row_key) as row_key
    from (
      select namespace, value, any_value(hash)::usmallint as hash, min(row_key) as row_key
      from ${rows} group by namespace, value
    ) as member
    full join ${before} as accepted
      on member.value = accepted.value and member.namespace = accepted.namespace
    where member.value is null or accepted.value is null or not accepted.sure
      or member.row_key <> accepted.row_key`)
  const [known] = await job.rows<{ rows: bigint }>(`select count(*) as rows from ${before}`)
  const kinds = await job.rows<{ kind: Kind; all: bigint; new: bigint }>(
    `select kind, count(*) as "all", count(*) filter (is_new) as "new" from compared group by kind order by kind`,
  )
  const members = kinds.reduce(
    (sum, { kind, ...count }) => sum + Number(count.new) - (kind === 'removed' ? Number(count.all) : 0),
    Number(known?.rows ?? 0),
  )
  return { members, kinds: kinds.map(({ kind }) => kind) }
}

async function writeChanges(
  { job, directory, folder }: DiffJob,
  change: { kind: Kind; bucket: number; rows: string; from: number; part: number },
): Promise<ChangePart> {
  const { kind, bucket, from } = change
  const file = `${folder}/${kind}-${bucket}-${change.part}.parquet`
  const query = `
    select (row_number() over () - 1 + ${from})::integer as n, namespace, value, hash, row_key from (${change.rows})`
  return { ...(await writePart(job, { directory, file, query })), bucket, from }
}

/** The keys of the rows that lost an identifier, over all buckets: a row's identifiers lie in different ones. */
async function gatherRemovedRows({ job, directory }: DiffJob, removed: readonly ChangePart[]): Promise<void> {
  const files = removed.map((part) => `${directory}/${part.file}`)
  await job.run(
    `create or replace temp table removed_row as select distinct row_key from ${parquet(files, "'' as row_key")}`,
  )
}

/**
 * Accepted members that a row names which lost another identifier: asserted again after the removal, because both may
 * be one profile at the far end (design §3.4). Every row of the read counts, duplicates included.
 */
function againSql({ split, state, directory }: DiffJob, bucket: number): string {
  const rows = parquet(
    split.files.get(bucket) ?? [],
    "'' as namespace, '' as value, 0 as hash, '' as row_key",
  )
  return `
    select namespace, value, any_value(hash)::usmallint as hash, min(row_key) as row_key
    from ${rows}
    semi join (
      select namespace, value
      from (select distinct namespace, value from ${rows} semi join removed_row using (row_key))
      semi join (from ${stateOfBucket(state, bucket, { bits: split.bits, directory })} where sure)
        using (namespace, value)
    ) using (namespace, value)
    group by namespace, value`
}
