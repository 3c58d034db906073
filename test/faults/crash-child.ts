import { once } from 'node:events'
import { isSettled } from '@muster/core/sync/run.ts'
import { openChildSync } from './child-sync.ts'
import { CrashOrder } from './crash-order.ts'
import { arm, countedBoundaries, failDisk } from './io-boundaries.ts'

/**
 * The sync half in a process of its own that dies at a boundary of its I/O, or ends by itself when all its runs are
 * settled and their ledgers written. It is started in advance and waits for its order.
 */
const [message] = await once(process, 'message')
const order = CrashOrder.parse(message)
arm(order.boundary ?? Number.POSITIVE_INFINITY)
if (order.disk) failDisk(order.disk.at, order.disk.code)

const sync = openChildSync(process.argv.slice(2), order.requestDeadlineMs)
sync.start()

const newest = async () => (await sync.runs({ limit: 1 }))[0]
const settled = async (): Promise<void> => {
  for (let run = await newest(); run && !isSettled(run.status); run = await newest()) {
    await sync.run(String(run.id), 60_000)
  }
}
if (order.what === 'resume') await settled()
if (order.what === 'delete') await sync.deleteNamed({ kind: 'sync', name: 'people', dryRun: false })
else if (((await newest())?.id ?? 0) <= order.after) {
  await sync.begin('people', order.what !== 'plan', { kind: order.kind })
}
await settled()
// A disk that fails once leaves it to the next turn.
await sync.writeLedgers().catch(() => sync.writeLedgers())
process.send?.(countedBoundaries())
process.exit(0)
