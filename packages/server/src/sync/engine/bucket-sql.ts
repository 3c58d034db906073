import type { PlainIdentifier } from '@muster/core/sync/identifier.ts'
import type { Job } from './duckdb-job.ts'

/**
 * How files are laid out in buckets (core/sync/bucket.ts). Two layouts are comparable bucket by bucket when both are equal.
 */
export interface BucketLayout {
  readonly bits: number
  /** What `hashingOf` gave when the files were written; absent in files of before, which were laid out by md5. */
  readonly hashing?: string
}

/**
 * The bucket of the columns `namespace` and `value`, neither null: the leading bits of DuckDB's own hash, 4 ns a row, where
 * md5 took 370 ns and with it half of a plan's time (ADR 0020).
 */
export function bucketExpression(bits: number): string {
  return bits === 0 ? '0' : `(hash(namespace, value) >> ${64 - bits})::integer`
}

/**
 * A fingerprint of DuckDB's hash, which it may change between versions: over texts of every length that it could treat apart.
 */
export async function hashingOf(job: Job): Promise<string> {
  const [row] = await job.rows<{ hashing: string }>(`
    select 'duckdb-' || bit_xor(hash('external_id', repeat('é', n::integer) || n))::varchar as hashing
    from range(0, 600) as text (n)`)
  return row?.hashing ?? ''
}

/**
 * Says where an identifier lies, of any number of layouts with one question: its bucket, or null where the files were laid out
 * by another hash and it may lie in any.
 */
export async function locate(
  job: Job,
  { namespace, value }: PlainIdentifier,
): Promise<(layout: BucketLayout) => number | null> {
  const finest = 16
  const [row] = await job.rows<{ bucket: number }>(
    `select ${bucketExpression(finest)} as bucket from (select $1::varchar as namespace, $2::varchar as value)`,
    [namespace, value],
  )
  const hashing = await hashingOf(job)
  return (layout) => (layout.hashing === hashing && row ? row.bucket >>> (finest - layout.bits) : null)
}
