/**
 * Buckets (design §5) are the unit of diffing, so that memory stays bounded and time linear. The engine that works on files cuts
 * them by DuckDB's own hash (server/sync/engine/bucket-sql.ts, ADR 0020); what a source computes by the leading bits of md5 over
 * namespace, NUL and value in UTF-8 (compile/checksums.ts), of which the files remember 16.
 */
export const hashBits = 16
const maxBucketBits = 10

/** Measured: 1 M members are compared within 192 MB; with 2 M DuckDB spilled, and took half as long again. */
const rowsPerBucket = 800_000

/** How many leading bits to bucket by: never fewer than the state already has, so that a bucket reads one file. */
export function bucketBitsFor(rows: number, bitsBefore: number): number {
  const wanted = rows <= 1_000_000 ? 0 : Math.ceil(Math.log2(rows / rowsPerBucket))
  return Math.min(maxBucketBits, Math.max(wanted, bitsBefore))
}
