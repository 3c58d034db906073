import { identifySql, type TextModel } from './identify.ts'
import { type CompiledDialect, speechOf } from './speech.ts'

/** How many hex digits of the md5 a checksum's bucket has: 256, 4,096 or 65,536 buckets. */
export const checksumDigits = [2, 3, 4] as const
export type ChecksumDigits = (typeof checksumDigits)[number]

/** At least as many buckets as leave some 16 rows to each, so that few changes touch few rows. */
export function checksumDigitsFor(rows: number): ChecksumDigits {
  return checksumDigits.find((digits) => rows <= 16 * 16 ** digits) ?? 4
}

/** The 28-bit slices of the md5 of a row whose sums make a checksum: sums of 2^31 rows stay below 2^63. */
const slices = { low: 1, middle: 8, high: 15 } as const

/**
 * A SELECT with one row a bucket: bucket (the leading hex digits of the md5 of bucket.ts as a number, or a fate of
 * identify.ts), row_count, and low, middle, high: sums over every row, duplicates too, so that any change of a namespace, value or
 * row key shows but for one chance in 2^84.
 */
export function checksumsSql(dialect: CompiledDialect, model: TextModel, digits: ChecksumDigits): string {
  const { fromHex, md5 } = speechOf(dialect)
  const slice = (from: number): string => fromHex(`substr(row_hash, ${from}, 7)`)
  return `select bucket, count(*) as row_count, sum(low) as low, sum(middle) as middle, sum(high) as high
from (
  select bucket, ${slice(slices.low)} as low, ${slice(slices.middle)} as middle, ${slice(slices.high)} as high
  from (
    select bucket, ${md5(['namespace', 'value', 'row_key'])} as row_hash
    from (
${bucketedSql(dialect, model, digits)}
    ) bucketed
  ) hashed
) sliced
group by bucket`
}

/** A SELECT of (namespace, value, row_key): the rows with an identifier in one of the buckets, duplicates too. */
export function rowsOfBucketsSql(
  dialect: CompiledDialect,
  model: TextModel,
  { digits, buckets }: { readonly digits: ChecksumDigits; readonly buckets: readonly number[] },
): string {
  return `select namespace, value, row_key
from (
${bucketedSql(dialect, model, digits)}
) bucketed
where bucket in (${buckets.map(Math.trunc).join(', ')})`
}

/** A SELECT of the buckets that hold rows with one of the keys, each key given by the lower-case hex md5 of its UTF-8. */
export function bucketsOfKeysSql(
  dialect: CompiledDialect,
  model: TextModel,
  { digits, keys }: { readonly digits: ChecksumDigits; readonly keys: readonly string[] },
): string {
  const { md5, text } = speechOf(dialect)
  return `select distinct bucket
from (
${bucketedSql(dialect, model, digits)}
) bucketed
where bucket >= 0 and ${md5(['row_key'])} in (${keys.map(text).join(', ')})`
}

function bucketedSql(dialect: CompiledDialect, model: TextModel, digits: ChecksumDigits): string {
  const { fromHex, md5 } = speechOf(dialect)
  return `select
  case when fate < 0 then fate else ${fromHex(`substr(${md5(['namespace', 'value'])}, 1, ${digits})`)} end as bucket,
  namespace, value, row_key
from (
${identifySql(dialect, model)}
) identified`
}
