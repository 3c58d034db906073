import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { isSettled } from '@muster/core/sync/run.ts'
import { sql } from '@muster/server/db/sql.ts'
import type { RunView } from '@muster/server/sync/sync.ts'
import { definitions, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { type CrashChildren, openCrashChildren } from './crash-children.ts'
import type { CrashOrder } from './crash-order.ts'
import { difference } from './trials.ts'

/** A model's people by number, each with one identifier. */
export interface People {
  readonly by: 'external_id' | 'alias'
  readonly from: number
  readonly to: number
}

export const people = (from: number, to: number, by: People['by'] = 'external_id'): People => ({
  by,
  from,
  to,
})

/** The sync half whose work is done by children that die; the harness itself works on no run. */
export interface CrashHarness {
  readonly half: SyncHarness
  readonly children: CrashChildren
  /** Makes the sync what it is in every trial, and more. */
  define(more: object): Promise<void>
  /** Replaces the warehouse's customers. */
  model(people: People): Promise<void>
  /** Forgets what was accepted, here and at the far end. */
  startOver(): Promise<void>
  newestRun(): Promise<number>
  /** The run that was begun after another one. */
  runAfter(id: number): Promise<RunView | undefined>
  /**
   * Brings the run after another one to its end, and returns it. One that the dead process had not begun is begun now; PostgreSQL may commit
   * what it had sent only once everybody has looked, so that a run which is there late is taken up as well.
   */
  finish(order: Pick<CrashOrder, 'kind'> & { readonly after: number }): Promise<RunView | undefined>
  /** What a dead process held is free after its lease; here that time is made to pass at once. */
  passLease(): Promise<void>
  /** Ids sent since the far end had seen so many requests. */
  sentSince(requests: number): number
  /** Whom the far end lacks of these people, and whom it has too many. */
  wrong(people: People): { readonly lost: number; readonly phantom: number }
  close(): Promise<void>
}

export const idsOf = ({ by, from, to }: People): Set<string> =>
  new Set(Array.from({ length: to - from }, (_, n) => `${by === 'alias' ? 'K' : 'C'}-${n + from}`))

/** At the far end an alias and an external_id of the same number are one profile. */
const profileOf = (identifier: string): string => identifier.replace(/^.*[CK]-/, 'P-')

export async function startCrashHarness(): Promise<CrashHarness> {
  const half = await startSyncHarness({ runsAtOnce: 0, requestDeadlineMs: 1_000 })
  half.remote.profileOf = (identifier) => profileOf(formatIdentifier(identifier))
  const define = async (more: object): Promise<void> => {
    const body = { ...definitions.sync, guards: { max_removed: 1, min_members: 0 }, ...more }
    await half.sync.putSync({ name: 'people', body, dryRun: false })
  }
  await define({})
  const children = openCrashChildren(half)
  /** As a server that starts on the same directory and database does: whatever was left is taken up and ends. */
  const recover = async (): Promise<void> => {
    const sync = half.open({ runsAtOnce: 2 })
    sync.start()
    for (let [run] = await sync.runs({ limit: 1 }); run && !isSettled(run.status); ) {
      run = await sync.run(String(run.id), 60_000)
    }
    await sync.writeLedgers()
    await sync.close()
  }
  const harness: CrashHarness = {
    half,
    children,
    define,
    model: ({ by, from, to }) => {
      const columns =
        by === 'alias' ? "null as external_id, 'K-' || i as crm" : "'C-' || i as external_id, null as crm"
      return half.warehouse(`select i as id, ${columns}, null as device from range(${from}, ${to}) as r (i)`)
    },
    startOver: async () => {
      await half.sync.forget('people')
      half.remote.cohorts.clear()
    },
    newestRun: async () => (await half.sync.runs({ limit: 1 }))[0]?.id ?? 0,
    runAfter: async (id) => (await half.sync.runs({ limit: 5 })).filter((one) => one.id > id).at(-1),
    finish: async ({ kind, after }) => {
      await harness.passLease()
      await recover()
      const run = await harness.runAfter(after)
      if (run && isSettled(run.status)) return run
      await children.live({ what: 'begin', kind, after })
      return harness.runAfter(after)
    },
    passLease: async () => {
      await half.database.owner.rows(sql`update sync.run set lease_until = now() where lease_until > now()`)
    },
    sentSince: (requests) =>
      half.remote.seen.slice(requests).reduce((sum, one) => sum + one.add.length + one.remove.length, 0),
    wrong: (expected) => difference(new Set([...idsOf(expected)].map(profileOf)), new Set(half.members())),
    close: async () => {
      children.close()
      await half.close()
    },
  }
  return harness
}
