import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketBitsFor } from '@muster/core/sync/bucket.ts'
import { invalidIdentifier, noIdentifier, type TextModel } from '@muster/core/sync/compile/identify.ts'
import {
  changesSql,
  createComparisonSql,
  fillAgainSql,
  fillDifferencesSql,
  fillMembersSql,
  memberSumsSql,
  standingSql,
} from '@muster/core/sync/compile/warehouse.ts'
import type { SyncMode } from '@muster/core/sync/diff.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { hashingOf } from './bucket-sql.ts'
import { needsStanding, writeStanding } from './coupling.ts'
import { type Changes, type DiffJob, writeDifferences } from './diff-buckets.ts'
import { layState } from './lay-state.ts'
import { bucketedSql } from './split-rows.ts'
import { bringState, type StateInWarehouse } from './warehouse-state.ts'

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
  const { session, dialect, job, model, mode, assertsAll, scratch, state } = comparison
  const tables = {
    state: await bringState(comparison),
    member: session.passes('muster_member'),
    change: session.passes('muster_change'),
  }
  for (const name of [tables.member, tables.change]) await session.run(`drop table if exists ${name}`)
  for (const statement of createComparisonSql(dialect, tables)) await session.run(statement)
  await session.settle()

  let extracts = 0
  const ask = async (sql: string, columns: readonly string[]): Promise<RowFiles> => {
    const into = join(scratch, `warehouse-${extracts++}`)
    await mkdir(into)
    return session.extract(sql, columns, into)
  }
  await session.run(fillMembersSql(dialect, model, tables))
  const sums = rowFilesSql(await ask(memberSumsSql(tables), ['fate', 'members', 'row_count']))
  const [rows] = await job.rows<Record<'members' | 'identified' | 'without' | 'invalid', bigint>>(`
    select
      coalesce(sum(members::bigint) filter (fate::integer = 0), 0)::bigint as members,
      coalesce(sum(row_count::bigint) filter (fate::integer = 0), 0)::bigint as identified,
      coalesce(sum(row_count::bigint) filter (fate::integer = ${noIdentifier}), 0)::bigint as without,
      coalesce(sum(row_count::bigint) filter (fate::integer = ${invalidIdentifier}), 0)::bigint as invalid
    from ${sums}`)
  const members = Number(rows?.members ?? 0)
  const [identified, without, invalid] = [rows?.identified, rows?.without, rows?.invalid].map((sum) =>
    Number(sum ?? 0),
  )
  await session.run(fillDifferencesSql(dialect, tables))
  const duplicates = (identified ?? 0) - members
  if (assertsAll) await session.run(fillAgainSql(dialect, tables, { all: true }))
  else if (mode === 'mirror')
    await session.run(
      fillAgainSql(dialect, tables, { all: false, duplicatesOf: duplicates > 0 ? model : null }),
    )
  const found = await ask(changesSql(dialect, tables), ['difference', 'namespace', 'value', 'row_key'])

  const bits = bucketBitsFor(members, state?.bits ?? 0)
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
    rows: {
      read: (identified ?? 0) + (without ?? 0) + (invalid ?? 0),
      members,
      null: without ?? 0,
      invalid: invalid ?? 0,
      duplicate: duplicates,
    },
    accepted: state?.members ?? null,
    removed: totals.removed,
    added: totals.added,
    unchanged: members - totals.fresh,
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
