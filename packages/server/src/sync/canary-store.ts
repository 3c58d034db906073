import { conflict } from '@muster/core/lib/error.ts'
import type { BatchRange } from '@muster/core/sync/batch.ts'
import type { Canary, CanaryCheck, CanaryCut } from '@muster/core/sync/canary.ts'
import type { DeliverySums, Report } from '@muster/core/sync/report.ts'
import type { Queryable } from '../db/database.ts'
import { json, type Sql, sql } from '../db/sql.ts'
import { insertBatches } from './batch-store.ts'
import type { Changes } from './engine/diff-buckets.ts'

/** How far a run goes before its changes are judged, step by step, and what was found after each of the first steps. */
export interface StoredCanary {
  readonly rule: Canary
  readonly steps: readonly CanaryCut[]
  readonly checks: readonly CanaryCheck[]
}

/**
 * The run of a sync whose canary was found bad and that a person has neither released nor cancelled: nothing else is begun
 * meanwhile. One whose sync was turned to another cohort stands in nobody's way.
 */
export function heldByCanary(syncId: Sql): Sql {
  return sql`
    select tried.id from sync.run as tried join sync.sync as its on its.id = tried.sync_id
    where tried.sync_id = ${syncId} and tried.status = 'held' and tried.canary -> 'checks' -> -1 ->> 'verdict' = 'held'
      and tried.state_version = its.state_version`
}

/** Throws `conflict` where a run of the sync waits for its canary to be released or cancelled. */
export async function requireNoCanary(on: Queryable, syncId: number): Promise<void> {
  const [tried] = await on.rows<{ id: number }>(heldByCanary(sql`${syncId}::bigint`))
  if (!tried) return
  throw conflict('canary_held', `run ${tried.id} of this sync is held by its canary`, {
    hint: `Look at it, then go on with: muster release ${tried.id}, or drop the rest with: muster cancel ${tried.id}`,
  })
}

/** Takes over changes that are ordered anew, none of which was sent yet, with the batches that they are cut into. */
export async function storeCut(
  tx: Queryable,
  run: {
    readonly id: number
    readonly canary: StoredCanary
    readonly changes: Changes
    readonly batches: readonly BatchRange[]
  },
): Promise<void> {
  await tx.rows(sql`delete from sync.batch where run_id = ${run.id}`)
  await insertBatches(tx, run.id, run.batches)
  await tx.rows(sql`
    update sync.run
    set canary = ${json(run.canary)}, changes = ${json(run.changes)},
      plan = jsonb_set(plan, '{requests}', to_jsonb(${run.batches.length}::integer))
    where id = ${run.id}`)
}

/** Writes down what was found of the first changes of a run that goes on. */
export async function storeCheck(tx: Queryable, id: number, canary: StoredCanary): Promise<void> {
  await tx.rows(sql`update sync.run set canary = ${json(canary)} where id = ${id}`)
}

/** Lets a run wait that has sent its first changes: they are in the state of `stateVersion`, the others are pending. */
export async function holdByCanary(
  tx: Queryable,
  run: {
    readonly id: number
    readonly canary: StoredCanary
    readonly stateVersion: number | null
    readonly delivery: DeliverySums
    readonly report: Report
  },
): Promise<void> {
  await tx.rows(sql`
    update sync.run
    set status = 'held', canary = ${json(run.canary)}, state_version = ${run.stateVersion},
      delivery = ${json(run.delivery)}, message = ${run.report.message}, hint = ${run.report.hint},
      cause = ${run.report.cause === undefined ? null : json(run.report.cause)}
    where id = ${run.id}`)
}
