import type { RowFiles } from '@muster/core/sync/source.ts'
import { type Job, literal } from './duckdb-job.ts'

export type LoadFile = RowFiles & { readonly format: 'csv' }

/** Writes the named columns of a query as the file that a warehouse loads (`WarehouseSession.load`). */
export async function writeLoadFile(
  job: Job,
  {
    query,
    columns,
    path,
  }: { readonly query: string; readonly columns: readonly string[]; readonly path: string },
): Promise<LoadFile> {
  const [count] = await job.rows<{ Count: bigint }>(
    `copy (select ${columns.join(', ')} from (${query})) to ${literal(path)}
      (format csv, header false, nullstr '\\N', quote '"', escape '"', force_quote *)`,
  )
  return { format: 'csv', columns, paths: [path], rows: Number(count?.Count ?? 0) }
}
