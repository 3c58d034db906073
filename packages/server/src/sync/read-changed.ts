import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  bucketsOfKeysSql,
  type ChecksumDigits,
  checksumsSql,
  rowsOfBucketsSql,
} from '@muster/core/sync/compile/checksums.ts'
import type { TextModel } from '@muster/core/sync/compile/identify.ts'
import { compiledDialects } from '@muster/core/sync/compile/speech.ts'
import type { SyncDefinition } from '@muster/core/sync/definition.ts'
import type { Dialect } from '@muster/core/sync/dialect.ts'
import type { OpenSource, RowFiles } from '@muster/core/sync/source.ts'
import { inJob, type Job } from './engine/duckdb-job.ts'
import {
  changedBuckets,
  keysOfLeavers,
  loadBuckets,
  loadChecksums,
  sumsElsewhere,
  unfetchedBuckets,
} from './engine/source-checksums.ts'
import type { State } from './engine/state.ts'

/** More buckets make a statement too long for some warehouses (ClickHouse takes 256 KiB): all rows are read instead. */
const bucketsAtMost = 10_000
const keysAtMost = 4_000
/** Leavers may lead to further buckets, in which others may have left meanwhile. */
const roundsAtMost = 3

/** The rows of the buckets that have changed since they were last compared. Each file has (namespace, value, row_key). */
export interface ChangedRows {
  readonly digits: ChecksumDigits
  readonly buckets: readonly number[]
  readonly files: readonly RowFiles[]
  /** Of the files and of the buckets that were not fetched together. */
  readonly rows: number
  /** What was not fetched. */
  readonly elsewhere: {
    readonly rows: number
    readonly members: number
    readonly null: number
    readonly invalid: number
  }
}

export interface ChangedRead {
  readonly source: Pick<OpenSource, 'selectText' | 'extract'>
  readonly dialect: Dialect
  /** The model's statement, and the columns of its key and identifiers. */
  readonly sql: string
  readonly columns: readonly string[]
  readonly model: { readonly key: string }
  readonly sync: {
    readonly definition: Pick<SyncDefinition, 'engine' | 'identifiers' | 'mode'>
    readonly state: State | null
  }
  readonly assertsAll?: boolean
  /** The sync's files. */
  readonly directory: string
  /** An existing directory for what is read. */
  readonly scratch: string
  readonly signal: AbortSignal
}

/**
 * Has the source compute its checksums and fetches the buckets whose rows differ from those last compared. A row that
 * lost an identifier and still stands under another has the bucket of the other fetched too, so that design §3.4 holds across
 * buckets. Null where all rows must be read: another engine or mode, nothing remembered, or too much has changed.
 */
export async function readChanged(read: ChangedRead): Promise<ChangedRows | null> {
  const { source, sync, signal, scratch } = read
  const known = sync.state?.source
  const dialect = compiledDialects.find((one) => one === read.dialect)
  const { engine, mode } = sync.definition
  if (engine !== 'checksums' || !sync.state || known?.mode !== mode || !dialect || read.assertsAll)
    return null
  const { state } = sync
  const rows = await source.selectText(read.sql, read.columns)
  const model: TextModel = { rows, key: read.model.key, identifiers: sync.definition.identifiers }
  let reads = 0
  const ask = async (sql: string, columns: readonly string[]): Promise<RowFiles> => {
    const into = join(scratch, `changed-${reads++}`)
    await mkdir(into)
    return source.extract(sql, columns, into, signal)
  }
  const { digits } = known
  const now = await ask(checksumsSql(dialect, model, digits), [
    'bucket',
    'row_count',
    'low',
    'middle',
    'high',
  ])
  return inJob({ directory: scratch, signal }, async (job: Job) => {
    await loadChecksums(job, { now, known, directory: read.directory })
    const buckets: number[] = []
    const files: RowFiles[] = []
    let more = await changedBuckets(job, { state, digits, directory: read.directory })
    for (let round = 1; more.length > 0; round++) {
      buckets.push(...more)
      if (buckets.length > bucketsAtMost || round > roundsAtMost) return null
      const wanted = rowsOfBucketsSql(dialect, model, { digits, buckets: more })
      files.push(await ask(wanted, ['namespace', 'value', 'row_key']))
      if (mode !== 'mirror') break
      await loadBuckets(job, buckets)
      const keys = await keysOfLeavers(job, {
        state,
        digits,
        files,
        directory: read.directory,
        limit: keysAtMost + 1,
      })
      if (keys.length > keysAtMost) return null
      if (keys.length === 0) break
      const found = await ask(bucketsOfKeysSql(dialect, model, { digits, keys }), ['bucket'])
      more = await unfetchedBuckets(job, found)
    }
    await loadBuckets(job, buckets)
    const elsewhere = await sumsElsewhere(job)
    const fetched = files.reduce((sum, one) => sum + one.rows, 0)
    const all = fetched + elsewhere.rows + elsewhere.null + elsewhere.invalid
    return { digits, buckets, files, rows: all, elsewhere }
  })
}
