import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketBitsFor } from '@muster/core/sync/bucket.ts'
import type { TextModel } from '@muster/core/sync/compile/identify.ts'
import {
  changesSql,
  createChangeSql,
  fillAgainSql,
  fillChangesSql,
  fillFirstChangesSql,
  fillMovedAgainSql,
  standingSql,
  sumsSql,
} from '@muster/core/sync/compile/warehouse.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { hashingOf } from './bucket-sql.ts'
import { needsStanding, writeStanding } from './coupling.ts'
import { type Changes, type DiffJob, writeDifferences } from './diff-buckets.ts'
import type { Job } from './duckdb-job.ts'
import { layState } from './lay-state.ts'
import { bucketedSql } from './split-rows.ts'
import { acceptedIn } from './state.ts'
import { bringState, type StateInWarehouse, tablePrefixOf } from './warehouse-state.ts'

export interface WarehouseComparison extends StateInWarehouse {
  readonly model: TextModel
  readonly mode: SyncMode
  readonly assertsAll: boolean
  /** Somebody asks which removals and additions belong together. */
  readonly couples: boolean
  /** Relative to the sync's directory: where the changes are written. */
  readonly folder: string
}

/** The diff as the warehouse computes it; only what has changed is fetched, and written as the local engine writes it. */
export async function compareInWarehouse(
  comparison: WarehouseComparison,
): Promise<{ counts: DiffCounts; changes: Changes }> {
  const { session, dialect, job, owner, model, mode, assertsAll, scratch, state } = comparison
  const tables = {
    state: await bringState(comparison),
    change: session.passes(`${tablePrefixOf(owner)}change`),
  }
  await session.run(createChangeSql(dialect, tables))
  await session.settle()

  let extracts = 0
  const ask = async (sql: string, columns: readonly string[]): Promise<RowFiles> => {
    const into = join(scratch, `warehouse-${extracts++}`)
    await mkdir(into)
    return session.extract(sql, columns, into)
  }
  await session.run(
    state === null
      ? fillFirstChangesSql(dialect, model, tables)
      : fillChangesSql(dialect, model, tables, { again: assertsAll }),
  )
  await session.filled(tables.change)
  const { rows, gone } = await accountFor(
    job,
    await ask(sumsSql(dialect, tables), ['difference', 'members', 'row_count']),
  )
  if (state !== null && assertsAll) await session.run(fillMovedAgainSql(dialect, tables))
  else if (gone > 0 && mode === 'mirror')
    await session.run(fillAgainSql(dialect, tables, rows.duplicate > 0 ? model : null))
  const found = await ask(changesSql(dialect, tables), ['difference', 'namespace', 'value', 'row_key'])

  const bits = bucketBitsFor(rows.members, state?.bits ?? 0)
  await job.run(`
    create or replace temp table difference as
    ${bucketedSql(`select difference, namespace, value, row_key from ${rowFilesSql(found)}`, bits)}`)
  await rm(join(scratch, 'warehouse-1'), { recursive: true, force: true })
  const { directory, folder } = comparison
  const into: Pick<DiffJob, 'job' | 'directory' | 'folder' | 'mode'> = { job, directory, folder, mode }
  const { totals, changes } = await writeDifferences(into, { bits, hashing: await hashingOf(job) })
  const laid = await layState(job, { state, bits, directory, folder })
  const sent = mode === 'remove_only' ? 'removed' : 'added'
  const counts: DiffCounts = {
    rows,
    ...acceptedIn(state),
    removed: totals.removed,
    added: totals.added,
    unchanged: rows.members - totals.fresh,
    reasserted: totals[sent] - totals.fresh,
  }
  const base = laid === state ? {} : { base: laid }
  if (!comparison.couples || !needsStanding(counts)) return { counts, changes: { ...changes, ...base } }
  const standing = rowFilesSql(
    await ask(standingSql(dialect, tables, model), ['namespace', 'value', 'row_key']),
  )
  const part = await writeStanding(job, { directory, folder, changes, rows: standing })
  return { counts, changes: { ...changes, ...base, standing: part } }
}

/** What became of the model's rows, and how many have left it. `sums` are the files of `sumsSql`. */
async function accountFor(
  job: Job,
  sums: RowFiles,
): Promise<{ readonly rows: DiffCounts['rows']; readonly gone: number }> {
  const found = await job.rows<{ difference: string; members: bigint; row_count: bigint }>(
    `select difference, members::bigint as members, row_count::bigint as row_count from ${rowFilesSql(sums)}`,
  )
  const of = (difference: string) => found.find((one) => one.difference === difference)
  const read = found.reduce((sum, one) => sum + Number(one.row_count), 0)
  const [without, invalid] = [of('without'), of('invalid')].map((one) => Number(one?.row_count ?? 0))
  const members = found
    .filter((one) => !['gone', 'without', 'invalid'].includes(one.difference))
    .reduce((sum, one) => sum + Number(one.members), 0)
  const none = { null: without ?? 0, invalid: invalid ?? 0 }
  const duplicate = read - none.null - none.invalid - members
  return { rows: { read, members, ...none, duplicate }, gone: Number(of('gone')?.members ?? 0) }
}
