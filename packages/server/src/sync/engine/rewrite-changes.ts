import { type ChangePart, writeChanges } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { rangeTable } from './fold-state.ts'
import { rowsOfParts } from './part-file.ts'

/** Which changes of the parts come: those whose numbers are in a table (n), or the others. */
export interface Pass {
  readonly table: string
  readonly takes: 'listed' | 'others'
}

/**
 * Writes changes of one kind anew, pass after pass, each in the order of the parts: so those that are asserted again stay the last.
 * They are numbered from 0.
 */
export async function rewriteChanges(
  into: { readonly job: Job; readonly directory: string; readonly folder: string },
  {
    kind,
    parts,
    passes,
  }: {
    readonly kind: 'removed' | 'added'
    readonly parts: readonly ChangePart[]
    readonly passes: readonly Pass[]
  },
): Promise<ChangePart[]> {
  const written: ChangePart[] = []
  let from = 0
  for (const { table, takes } of passes) {
    const listed = takes === 'listed' ? await partsWith(into.job, table, parts) : null
    for (const part of parts) {
      if (listed && !listed.has(part.from)) continue
      const rows = `
        select namespace, value, row_key from ${rowsOfParts([part], into.directory, '')}
        ${takes === 'listed' ? 'semi' : 'anti'} join ${table} using (n)`
      const change = { kind, bucket: part.bucket, rows, from, part: written.length }
      const made = await writeChanges(into, change)
      if (made.rows === 0) continue
      written.push(made)
      from += made.rows
    }
  }
  return written
}

/** Where the parts begin in which some are listed. */
async function partsWith(job: Job, table: string, parts: readonly ChangePart[]): Promise<Set<number>> {
  await rangeTable(
    job,
    'part_range',
    parts.map((part) => ({ from: part.from, to: part.from + part.rows })),
  )
  const found = await job.rows<{ first: number }>(
    `select distinct first from part_range join ${table} on n >= first and n < past`,
  )
  return new Set(found.map(({ first }) => first))
}
