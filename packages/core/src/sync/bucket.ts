/**
 * Buckets (design §5): the unit of diffing, so that memory stays bounded and time linear. The bucket of an identifier
 * is the leading bits of md5 over its namespace, a NUL and its value, in UTF-8.
 */
export const hashBits = 16
const maxBucketBits = 10

/** Measured: a bucket of 2 M members is diffed within 256 MB. */
const rowsPerBucket = 1_000_000

/** How many leading bits to bucket by: never fewer than the state already has, so that a bucket reads one file. */
export function bucketBitsFor(rows: number, bitsBefore: number): number {
  const wanted = rows <= rowsPerBucket * 2 ? 0 : Math.ceil(Math.log2(rows / rowsPerBucket))
  return Math.min(maxBucketBits, Math.max(wanted, bitsBefore))
}

/** The bucket of the leading 16 bits of the md5. */
export function bucketOf(hash: number, bits: number): number {
  return hash >>> (hashBits - bits)
}
