import { columnOf, type IdentifierColumn } from '@muster/core/sync/identifier.ts'
import { identifierMaxBytes } from '@muster/core/sync/member.ts'
import { bucketExpression } from './bucket-sql.ts'
import { literal, quoted } from './duckdb-job.ts'

/** Rows without an identifier, in place of a bucket. */
export const nullBucket = -1

/**
 * The set-based twin of core's `identifyRow`: from rows of text columns to (bucket, namespace, value, row_key). Whether a value is
 * valid is left to `isValid`, since whatever was accepted before is: that asks for the changed rows only.
 */
export function identifySql(
  rows: string,
  model: { readonly key: string; readonly identifiers: readonly IdentifierColumn[]; readonly bits: number },
): string {
  const columns = model.identifiers.map(columnOf)
  const chosen = columns.map((c, n) => `when ${present(quoted(c.name))} then ${n}`).join(' ')
  const pick = (give: (column: { namespace: string; name: string }) => string): string =>
    `case chosen ${columns.map((c, n) => `when ${n} then ${give(c)}`).join(' ')} end`
  return `
    select case when value is null then ${nullBucket} else ${bucketExpression(model.bits)} end as bucket, *
    from (
      select
        ${pick((c) => literal(c.namespace))} as namespace,
        ${pick((c) => quoted(c.name))} as value,
        coalesce(${quoted(model.key)}, '') as row_key
      from (select *, case ${chosen} end as chosen from ${rows})
    )`
}

/** Whether the column `value` can be an identifier (core/sync/member.ts). */
export const isValid = `(strlen(value) <= ${identifierMaxBytes} and not regexp_matches(value, '[\\x00-\\x1f\\x7f]'))`

/** The rows of a query (namespace, value, row_key) with the leading 16 bits of the md5, by which sources name buckets (compile/checksums.ts). */
export function hashedSql(rows: string): string {
  // DuckDB gives the first 8 bytes as a little-endian number.
  return `
    select * exclude (md5), (((md5 & 255) << 8) | ((md5 >> 8) & 255))::usmallint as hash
    from (select *, md5_number_upper(namespace || chr(0) || value) as md5 from (${rows}))`
}

/**
 * Not null, and not blank once U+0020 is off (plain `trim` would take off every Unicode blank). Whatever sorts after
 * `!` is not blank; asking that first halves the time.
 */
function present(column: string): string {
  return `(${column} > '!' or trim(${column}, ' ') <> '')`
}
