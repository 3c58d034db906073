import { hashBits } from '@muster/core/sync/bucket.ts'
import { columnOf, type IdentifierColumn } from '@muster/core/sync/identifier.ts'
import { identifierMaxBytes } from '@muster/core/sync/member.ts'
import { literal, quoted } from './duckdb-job.ts'

/** Rows without an identifier, and rows whose identifier is invalid, in place of a bucket. */
export const nullBucket = -1
export const invalidBucket = -2

/**
 * The set-based twin of core's `identifyRow`: from rows of text columns to
 * (bucket, hash, namespace, value, row_key). The hash is the leading 16 bits of the md5 (core/sync/bucket.ts), of which DuckDB gives the first
 * 8 bytes as a little-endian number.
 */
export function identifySql(
  rows: string,
  model: { readonly key: string; readonly identifiers: readonly IdentifierColumn[]; readonly bits: number },
): string {
  const columns = model.identifiers.map(columnOf)
  const pick = (give: (column: { namespace: string; name: string }) => string): string =>
    `case ${columns.map((c) => `when ${present(quoted(c.name))} then ${give(c)}`).join(' ')} end`
  return `
    select
      case
        when value is null then ${nullBucket}
        when strlen(value) > ${identifierMaxBytes} or regexp_matches(value, '[\\x00-\\x1f\\x7f]') then ${invalidBucket}
        else hash >> ${hashBits - model.bits}
      end as bucket,
      *
    from (${hashedSql(`(
      select
        ${pick((c) => literal(c.namespace))} as namespace,
        ${pick((c) => quoted(c.name))} as value,
        coalesce(${quoted(model.key)}, '') as row_key
      from ${rows}
    )`)})`
}

/** Rows that are identified already (namespace, value and what else they have) with bucket and hash. */
export function bucketSql(rows: string, bits: number): string {
  return `select hash >> ${hashBits - bits} as bucket, * from (${hashedSql(rows)})`
}

/** The rows of a FROM item with their hash. */
function hashedSql(rows: string): string {
  return `
    select * exclude (md5), (((md5 & 255) << 8) | ((md5 >> 8) & 255))::integer as hash
    from (select *, md5_number_upper(namespace || chr(0) || value) as md5 from ${rows})`
}

/**
 * Not null, and not blank once U+0020 is off (plain `trim` would take off every Unicode blank). Whatever sorts after
 * `!` is not blank; asking that first halves the time.
 */
function present(column: string): string {
  return `(${column} > '!' or trim(${column}, ' ') <> '')`
}
