import { join } from 'node:path'
import { hashBits } from '@muster/core/sync/bucket.ts'
import { type ChecksumDigits, checksumDigitsFor } from '@muster/core/sync/compile/checksums.ts'
import { invalidIdentifier, noIdentifier } from '@muster/core/sync/compile/identify.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { type Job, literal } from './duckdb-job.ts'
import { hashedSql, isValid } from './identify-sql.ts'
import { proveParts, settleDirectory, writePart } from './part-file.ts'
import { rowsOf, type SplitRows, splitIdentified } from './split-rows.ts'
import { type SourceChecksums, type State, stateRows } from './state.ts'

/** Fills `source_now` with what the source says of its rows, and `source_known` with what was last compared. */
export async function loadChecksums(
  job: Job,
  of: { readonly now: RowFiles; readonly known: SourceChecksums; readonly directory: string },
): Promise<void> {
  const { now, known, directory } = of
  await proveParts(job, [known.part], { directory, what: 'the record of what was last compared' })
  await job.run(`
    create temp table source_now as
    select bucket::integer as bucket, row_count::bigint as row_count, low::hugeint as low, middle::hugeint as middle,
      high::hugeint as high
    from ${rowFilesSql(now)}`)
  await job.run(
    `create temp table source_known as from read_parquet(${literal(join(directory, known.part.file))})`,
  )
}

/** The buckets with other rows than before, and those with accepted members of which nothing is remembered. */
export async function changedBuckets(
  job: Job,
  {
    state,
    digits,
    directory,
  }: { readonly state: State; readonly digits: ChecksumDigits; readonly directory: string },
): Promise<number[]> {
  const rows = await job.rows<{ bucket: number }>(`
    select bucket
    from (select bucket, row_count, low, middle, high, true as is_now from source_now where bucket >= 0) as now
    full join (select bucket, row_count, low, middle, high, true as was from source_known) as known
      using (bucket, row_count, low, middle, high)
    where is_now is null or was is null
    union
    select (hash >> ${hashBits - 4 * digits})::integer as bucket from ${stateRows(state, directory)}
    anti join source_known on source_known.bucket = (hash >> ${hashBits - 4 * digits})
    order by bucket`)
  return rows.map(({ bucket }) => bucket)
}

/** Of the buckets given, those that are not fetched yet. */
export async function unfetchedBuckets(job: Job, among: RowFiles): Promise<number[]> {
  const rows = await job.rows<{ bucket: number }>(
    `select distinct bucket::integer as bucket from ${rowFilesSql(among)}
         anti join fetched_bucket on bucket::integer = fetched_bucket.fetched order by bucket`,
  )
  return rows.map(({ bucket }) => bucket)
}

/** Fills `fetched_bucket`. */
export async function loadBuckets(job: Job, buckets: readonly number[]): Promise<void> {
  await job.run('create or replace temp table fetched_bucket (fetched integer)')
  if (buckets.length === 0) return
  await job.run(
    `insert into fetched_bucket values ${buckets.map((bucket) => `(${Math.trunc(bucket)})`).join(', ')}`,
  )
}

/** The md5 of the keys of the rows whose identifier is not among the fetched rows any more. */
export async function keysOfLeavers(
  job: Job,
  of: {
    readonly state: State
    readonly digits: ChecksumDigits
    readonly files: readonly RowFiles[]
    readonly directory: string
    readonly limit: number
  },
): Promise<string[]> {
  const { state, digits, files, directory, limit } = of
  const rows = await job.rows<{ key: string }>(`
    select distinct md5(row_key) as key
    from (from ${stateRows(state, directory)} where ${isFetched(digits)})
    anti join (${files.map((one) => `select namespace, value from ${rowFilesSql(one)}`).join(' union all ')})
      using (namespace, value)
    limit ${limit}`)
  return rows.map(({ key }) => key)
}

/** What the buckets that were not fetched come to. */
export async function sumsElsewhere(
  job: Job,
): Promise<{ rows: number; members: number; null: number; invalid: number }> {
  const [sums] = await job.rows<Record<'rows' | 'members' | 'without' | 'invalid', bigint>>(`
    select
      coalesce(sum(now.row_count) filter (now.bucket >= 0 and fetched is null), 0)::bigint as rows,
      coalesce(sum(known.members) filter (now.bucket >= 0 and fetched is null), 0)::bigint as members,
      coalesce(sum(now.row_count) filter (now.bucket = ${noIdentifier}), 0)::bigint as without,
      coalesce(sum(now.row_count) filter (now.bucket = ${invalidIdentifier}), 0)::bigint as invalid
    from source_now as now
    left join source_known as known using (bucket)
    left join fetched_bucket on fetched = now.bucket`)
  return {
    rows: Number(sums?.rows ?? 0),
    members: Number(sums?.members ?? 0),
    null: Number(sums?.without ?? 0),
    invalid: Number(sums?.invalid ?? 0),
  }
}

interface Changed {
  readonly digits: ChecksumDigits
  readonly buckets: readonly number[]
  readonly files: readonly RowFiles[]
  readonly rows: number
  readonly elsewhere: { readonly members: number; readonly null: number; readonly invalid: number }
}

/** The fetched rows by bucket; the sums are of all rows of the model. */
export async function splitChanged(
  job: Job,
  changed: Changed,
  into: { readonly bits: number; readonly directory: string },
): Promise<SplitRows> {
  const split = await splitIdentified(job, changed.files, into)
  const { elsewhere, rows } = changed
  return { ...split, read: rows, null: elsewhere.null, invalid: elsewhere.invalid }
}

/** What of the state the fetched rows stand for (`DiffJob.only`). */
export async function onlyChanged(
  job: Job,
  { buckets, digits, elsewhere }: Changed,
): Promise<{ where: string; membersElsewhere: number }> {
  await loadBuckets(job, buckets)
  return { where: isFetched(digits), membersElsewhere: elsewhere.members }
}

function isFetched(digits: ChecksumDigits): string {
  return `(hash >> ${hashBits - 4 * digits}) in (select fetched from fetched_bucket)`
}

/**
 * The checksums of the rows that were compared: of fetched buckets as their rows give them, which may be newer than what the source
 * said at first; of the others as they were known. Where nothing was fetched it is what is known already, and nothing is written.
 */
export async function rememberChecksums(
  job: Job,
  of: {
    readonly state: State | null
    readonly mode: SyncMode
    readonly split: SplitRows
    readonly changed: Changed | null
    readonly directory: string
    readonly folder: string
  },
): Promise<SourceChecksums> {
  const { mode, split, changed, directory, folder } = of
  const known = changed ? of.state?.source : undefined
  if (known && changed?.buckets.length === 0) return known
  const digits = known?.digits ?? checksumDigitsFor(split.read)
  const slice = (from: number): string => `sum(('0x' || substr(row_hash, ${from}, 7))::bigint)::hugeint`
  const fetched = `
    select bucket::integer as bucket, count(*) as row_count, count(distinct (namespace, value)) as members,
      ${slice(1)} as low, ${slice(8)} as middle, ${slice(15)} as high
    from (
      select hash >> ${hashBits - 4 * digits} as bucket, namespace, value,
        md5(namespace || chr(0) || value || chr(0) || row_key) as row_hash
      from (${hashedSql(`from ${rowsOf(split)} where ${isValid}`)})
    )
    group by bucket`
  const kept = known
    ? `union all
       select bucket, row_count, members, low, middle, high from read_parquet(${literal(join(directory, known.part.file))})
       anti join fetched_bucket on fetched = bucket`
    : ''
  const part = await writePart(job, {
    directory,
    file: `${folder}/source.parquet`,
    query: `${fetched} ${kept}`,
  })
  await settleDirectory(join(directory, folder))
  return { digits, mode, part }
}
