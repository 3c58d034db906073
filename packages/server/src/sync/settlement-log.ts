import type { Database } from '../db/database.ts'
import { type Settlement, settleBatches, splitBatch } from './batch-store.ts'
import { leaseLost, requireLease } from './run-store.ts'

/** Where the fate of batches is written down, fenced by the run's lease. */
export interface SettlementLog {
  /** Resolves once it is durable. Those that come while another is written go together. */
  settle(settlement: Settlement): Promise<void>
  /** Cuts a refused batch at a change's number; returns the number of the second half. */
  split(cut: { number: number; middle: number; answer: string; at: number }): Promise<number>
}

interface Waiting {
  readonly settlement: Settlement
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** One statement at a time takes all that has gathered: batches that finish together cost one commit. */
export function openSettlementLog(
  database: Database,
  run: { readonly id: number; readonly owner: string },
): SettlementLog {
  let waiting: Waiting[] = []
  let writing = false

  const write = async (): Promise<void> => {
    if (writing) return
    writing = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await settleBatches(
        database,
        run,
        group.map((one) => one.settlement),
      ).then(
        (held) => group.forEach((one) => void (held ? one.done() : one.failed(leaseLost()))),
        (error: unknown) => group.forEach((one) => void one.failed(error)),
      )
    }
    writing = false
  }

  return {
    settle: (settlement) =>
      new Promise((done, failed) => {
        waiting.push({ settlement, done, failed })
        void write()
      }),
    split: (cut) =>
      database.transaction(async (tx) => {
        await requireLease(tx, run.id, run.owner)
        return splitBatch(tx, run.id, cut)
      }),
  }
}
