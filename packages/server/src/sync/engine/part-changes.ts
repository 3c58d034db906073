import { fromPlain } from '@muster/core/sync/identifier.ts'
import type { Member } from '@muster/core/sync/member.ts'
import type { WaitingPart } from '@muster/core/sync/part.ts'
import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { changeNumbers, coupleChanges } from './coupling.ts'
import type { Changes } from './diff-buckets.ts'
import { type Going, writeGoing } from './going-changes.ts'
import { rowsIn, rowsOfParts } from './part-file.ts'

export interface Parting extends Going {
  readonly counts: DiffCounts
  readonly waits: WaitingPart
}

export interface GoingChanges {
  readonly changes: Changes
  readonly counts: DiffCounts
}

/**
 * What of a plan goes while a part of it waits (core/sync/part.ts, `goingPart`, is the reference), as a plan of its own: of what waits
 * nothing is told to the state, as if it had not been found yet.
 */
export async function partChanges(parting: Parting): Promise<GoingChanges> {
  const { counts } = parting
  await list(parting)
  const going = await writeGoing(parting)
  const added = rowsIn(going.added)
  return {
    changes: going,
    counts: {
      ...counts,
      removed: rowsIn(going.removed),
      added,
      reasserted: parting.waits === 'additions' ? added : 0,
    },
  }
}

/** Fills `going_removed` and `going_added` with the numbers of those that go. */
async function list({ job, changes, counts, waits, directory }: Parting): Promise<void> {
  await coupleChanges(job, { changes, directory })
  const fresh = counts.added - counts.reasserted
  const [removed, added] = [changes.removed, changes.added].map((parts) => changeNumbers(parts, directory))
  const going =
    waits === 'removals'
      ? {
          removed: `select n from ${removed} where false`,
          added: `select n from ${added} anti join (select added as n from couple) using (n) where n < ${fresh}`,
        }
      : {
          removed: `select n from ${removed} anti join (select removed as n from couple where added < ${fresh}) using (n)`,
          added: `
            select distinct couple.added as n from couple join going_removed on going_removed.n = couple.removed
            where couple.added >= ${fresh}`,
        }
  await job.run(`create or replace temp table going_removed as ${going.removed}`)
  await job.run(`create or replace temp table going_added as ${going.added}`)
}

/** A few of those that wait, after `partChanges`. */
export async function sampleWaiting(
  { job, changes, directory }: Parting,
  kind: 'removed' | 'added',
  many: number,
): Promise<Member[]> {
  const shape = "0 as n, '' as namespace, '' as value, '' as row_key"
  const rows = await job.rows<{ namespace: string; value: string; row_key: string }>(`
    select namespace, value, row_key from ${rowsOfParts(changes[kind], directory, shape)} anti join going_${kind} using (n)
    order by n limit ${Math.trunc(many)}`)
  return rows.map(({ row_key, ...plain }) => ({ identifier: fromPlain(plain), rowKey: row_key }))
}
