import type { DiffCounts } from '@muster/core/sync/plan.ts'
import { changeNumbers, coupleChanges } from './coupling.ts'
import type { Changes } from './diff-buckets.ts'
import { type Going, writeGoing } from './going-changes.ts'

/**
 * Leaves out the changes of `found` (rejections.ts) that have used up their tries (core/sync/rejected.ts, `withoutSetAside`, is the
 * reference). Changes of which none is set aside are returned as they are.
 */
export async function setAsideFound({
  counts,
  tries,
  ...going
}: Going & { readonly counts: DiffCounts; readonly tries: number }): Promise<{
  readonly changes: Changes
  readonly counts: DiffCounts
}> {
  const { job, changes, directory } = going
  const [aside] = await job.rows<{ removed: bigint; added: bigint }>(
    `select count(*) filter (operation = 'remove') as removed, count(*) filter (operation = 'add') as added
     from found where tries >= $1`,
    [tries],
  )
  const removed = Number(aside?.removed ?? 0)
  const added = Number(aside?.added ?? 0)
  if (removed + added === 0) return { changes, counts }
  await coupleChanges(job, { changes, directory })
  const fresh = counts.added - counts.reasserted
  const usedUp = (operation: 'add' | 'remove'): string =>
    `select n from found where operation = '${operation}' and tries >= ${Math.trunc(tries)}`
  await job.run(`
    create or replace temp table going_removed as
    select n from ${changeNumbers(changes.removed, directory)}
    anti join (
      ${usedUp('remove')}
      union all
      select couple.removed as n from couple semi join (${usedUp('add')}) as aside on aside.n = couple.added
    ) using (n)`)
  await job.run(`
    create or replace temp table going_added as
    select n from ${changeNumbers(changes.added, directory)} anti join (${usedUp('add')}) using (n)
    where n < ${fresh} or n in (
      select couple.added from couple semi join going_removed on going_removed.n = couple.removed
    )`)
  const [goes] = await job.rows<{ removed: bigint; added: bigint; again: bigint }>(`
    select (select count(*) from going_removed) as removed, (select count(*) from going_added) as added,
      (select count(*) from going_added where n >= ${fresh}) as again`)
  const sent = { removed: Number(goes?.removed ?? 0), added: Number(goes?.added ?? 0) }
  return {
    changes: await writeGoing(going),
    counts: {
      ...counts,
      ...sent,
      // Of a sync that only removes, what is asserted again is among the removals.
      reasserted: changes.forgotten ? counts.reasserted : Number(goes?.again ?? 0),
      setAside: { removed, added, coupled: counts.removed - sent.removed - removed },
    },
  }
}
