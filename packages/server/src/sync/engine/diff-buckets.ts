import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import type { BucketLayout } from './bucket-sql.ts'
import { againSql, compareBucket, type Difference, gatherTouched } from './compare-bucket.ts'
import type { Job } from './duckdb-job.ts'
import { hashedSql } from './identify-sql.ts'
import { type PartFile, proveParts, rowsOfParts, settleDirectory, writePart } from './part-file.ts'
import type { RejectionBase } from './rejections.ts'
import type { SplitRows } from './split-rows.ts'
import { acceptedIn, type SourceChecksums, type State } from './state.ts'

/** A bucket's part of the changes of one kind. Its rows are numbered from `from` on in the column `n`. */
export interface ChangePart extends PartFile {
  readonly bucket: number
  readonly from: number
}

/**
 * The changes of a plan as files with the columns (n, namespace, value, hash, row_key). Removals and additions are
 * numbered apart, each from 0; a change's number in the plan is n for a removal and removed + n for an addition.
 */
export interface Changes extends BucketLayout {
  readonly removed: readonly ChangePart[]
  readonly added: readonly ChangePart[]
  /** Unchanged members that another row names now: the fold takes over that row's key, and nothing is sent. */
  readonly moved: readonly ChangePart[]
  /**
   * Only of a sync that takes people out, whose state is who was taken out: those that have left the model. The fold
   * drops them, and nothing is sent.
   */
  readonly forgotten?: readonly ChangePart[]
  /** Of the engine `checksums`: of the rows that these are the changes of. The fold takes over what was accepted. */
  readonly source?: SourceChecksums
  /**
   * The columns (row_key, namespace, value): under what the rows that lost an identifier stand now. Only where somebody asks which
   * removals and additions belong together and the changes do not tell (engine/coupling.ts).
   */
  readonly standing?: PartFile
  /**
   * What was compared with, in place of the sync's state: of a reconciliation, and where the state had to be laid out in other buckets.
   * The fold begins from it.
   */
  readonly base?: State | null
  /** What was still known of rejections when they were planned; absent in plans of before. */
  readonly rejected?: RejectionBase
}

export interface DiffJob {
  readonly job: Job
  readonly split: SplitRows
  readonly mode: SyncMode
  /** Laid out as the rows are (lay-state.ts). */
  readonly state: State | null
  /** Everything that is desired is sent, accepted before or not. */
  readonly assertsAll?: boolean
  /** A condition on the state's rows, where not all of the model was fetched: those that the fetched rows stand for. */
  readonly only?: { readonly where: string; readonly membersElsewhere: number }
  /** The sync's directory. */
  readonly directory: string
  /** Relative to it: where the changes are written. */
  readonly folder: string
}

type Kind = 'removed' | 'added' | 'moved' | 'forgotten'

/** What becomes of each difference; null where nothing does. */
const kindOf: Readonly<Record<SyncMode, Readonly<Record<Difference, Kind | null>>>> = {
  mirror: { fresh: 'added', gone: 'removed', moved: 'moved' },
  add_only: { fresh: 'added', gone: null, moved: 'moved' },
  remove_only: { fresh: 'removed', gone: 'forgotten', moved: 'moved' },
}

/**
 * The set-based twin of core's `diff`, a bucket at a time: one full join between the members of the read and the
 * accepted ones tells the new, the gone and the moved. Without a state nothing is removed (design §3.9).
 */
export async function diffBuckets(diff: DiffJob): Promise<{ counts: DiffCounts; changes: Changes }> {
  const { job, split, state, directory, mode } = diff
  if (state)
    await proveParts(job, state.files, { directory, what: 'the record of what the destination has accepted' })
  const { parts, totals, write, changes } = openWriter(diff)
  let members = diff.only?.membersElsewhere ?? 0
  let { invalid } = split
  for (let bucket = 0; bucket < 2 ** split.bits; bucket++) {
    const compared = await compareBucket(diff, bucket)
    members += compared.members
    invalid += compared.invalid
    for (const difference of compared.differences) {
      const kind = kindOf[mode][difference]
      if (kind) await write(kind, bucket, `from compared where difference = '${difference}'`)
    }
  }
  const sent = mode === 'remove_only' ? 'removed' : 'added'
  const fresh = totals[sent]
  if (diff.assertsAll || (mode === 'mirror' && totals.removed > 0)) {
    if (!diff.assertsAll) await gatherRemovedRows(diff, parts.removed)
    const buckets = await bucketsAgain(diff)
    for (const bucket of buckets) await write(sent, bucket, againSql(diff, bucket))
  }
  await settleDirectory(`${directory}/${diff.folder}`)
  const counts: DiffCounts = {
    rows: {
      read: split.read,
      members,
      null: split.null,
      invalid,
      duplicate: split.read - split.null - invalid - members,
    },
    ...acceptedIn(state),
    removed: totals.removed,
    added: totals.added,
    unchanged: members - fresh,
    reasserted: totals[sent] - fresh,
  }
  return { counts, changes: changes(split, mode) }
}

/**
 * Writes the rows of `difference` (bucket, difference, namespace, value, hash, row_key), which another engine has computed, as
 * changes; those to be asserted again come after the others, as `diffBuckets` writes them.
 */
export async function writeDifferences(
  into: Pick<DiffJob, 'job' | 'directory' | 'folder' | 'mode'>,
  layout: BucketLayout,
): Promise<{ totals: Record<Kind | 'fresh', number>; changes: Changes }> {
  const { job, mode, directory, folder } = into
  const writer = openWriter(into)
  const found = await job.rows<{ bucket: number; difference: Difference | 'again' }>(
    `select distinct bucket, difference from difference order by difference = 'again', bucket, difference`,
  )
  const sent = mode === 'remove_only' ? 'removed' : 'added'
  let fresh = 0
  for (const { bucket, difference } of found) {
    const kind = difference === 'again' ? sent : kindOf[mode][difference]
    const rows = `
      select namespace, value, row_key from difference
      where bucket = ${Math.trunc(bucket)} and difference = '${difference}'`
    if (kind) await writer.write(kind, bucket, rows)
    if (difference !== 'again') fresh = writer.totals[sent]
  }
  await settleDirectory(`${directory}/${folder}`)
  return { totals: { ...writer.totals, fresh }, changes: writer.changes(layout, mode) }
}

/** Writes parts of changes one after the other, and knows how many there are. */
function openWriter(into: Pick<DiffJob, 'job' | 'directory' | 'folder'>) {
  const parts: Record<Kind, ChangePart[]> = { removed: [], added: [], moved: [], forgotten: [] }
  const totals: Record<Kind, number> = { removed: 0, added: 0, moved: 0, forgotten: 0 }
  return {
    parts,
    totals,
    write: async (kind: Kind, bucket: number, rows: string): Promise<void> => {
      const change = { kind, bucket, rows, from: totals[kind], part: parts[kind].length }
      const part = await writeChanges(into, change)
      if (part.rows === 0) return
      parts[kind].push(part)
      totals[kind] += part.rows
    },
    changes: ({ bits, hashing }: BucketLayout, mode: SyncMode): Changes => {
      const { forgotten, ...others } = parts
      return {
        bits,
        ...(hashing === undefined ? {} : { hashing }),
        ...others,
        ...(mode === 'remove_only' ? { forgotten } : {}),
      }
    },
  }
}

/** Writes the rows of a query (namespace, value, row_key) as changes of a bucket, numbered from `from`. */
export async function writeChanges(
  { job, directory, folder }: Pick<DiffJob, 'job' | 'directory' | 'folder'>,
  change: { kind: Kind; bucket: number; rows: string; from: number; part: number },
): Promise<ChangePart> {
  const { kind, bucket, from } = change
  const file = `${folder}/${kind}-${bucket}-${change.part}.parquet`
  const query = `
    select (row_number() over () - 1 + ${from})::integer as n, namespace, value, hash, row_key
    from (${hashedSql(change.rows)})`
  return { ...(await writePart(job, { directory, file, query })), bucket, from }
}

/** Fills `removed_row`: the keys of the rows that lost an identifier, over all buckets: a row's identifiers lie in different ones. */
export async function gatherRemovedRows(
  { job, directory }: Pick<DiffJob, 'job' | 'directory'>,
  removed: readonly ChangePart[],
): Promise<void> {
  await job.run(
    `create or replace temp table removed_row as select distinct row_key from ${rowsOfParts(removed, directory, "'' as row_key")}`,
  )
}

/** The buckets that may hold members to be asserted again. */
async function bucketsAgain(diff: DiffJob): Promise<readonly number[]> {
  if (diff.assertsAll) return Array.from({ length: 2 ** diff.split.bits }, (_, bucket) => bucket)
  return gatherTouched(diff)
}
