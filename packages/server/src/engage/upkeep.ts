import { MusterError } from '@muster/core/lib/error.ts'
import { type Loop, startLoop } from '../jobs/loop.ts'
import type { Engage } from './engage.ts'
import { forgetRequests } from './forget-requests.ts'
import { joinPending } from './join-pending.ts'
import { recordSizes } from './segment-series.ts'
import { forgetUserImports } from './user-import-store.ts'

type Kept = Pick<Engage, 'database' | 'clock' | 'log' | 'settings' | 'partnerRequests'>

/** Begins the work beside messages: what partners asked is kept and forgotten, remembered ids join. */
export function startUpkeep({ database, clock, log, settings, partnerRequests }: Kept): readonly Loop[] {
  return [
    startLoop({ name: 'keeping partner requests', everyMs: 500, turn: () => partnerRequests.flush(), log }),
    startLoop({
      name: 'forgetting partner requests',
      everyMs: 60_000,
      turn: async () => {
        await forgetUserImports(database, clock() - settings.importsKeptMs)
        return forgetRequests(database, { now: clock(), keptMs: settings.importsKeptMs })
      },
      log,
    }),
    startLoop({
      name: 'measuring segments',
      everyMs: 10 * 60_000,
      turn: () => recordSizes(database, clock()).then(() => false),
      log,
    }),
    startLoop({
      name: 'joining remembered members',
      everyMs: 500,
      turn: () => joinPending(database, clock()).then((looked) => looked > 0, laterWhenLocked),
      log,
    }),
  ]
}

/** An import holds the cohort: the names stay due. */
function laterWhenLocked(error: unknown): boolean {
  if (error instanceof MusterError && error.kind === 'conflict') return false
  throw error
}
