import { join } from 'node:path'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Connectors } from '@muster/core/sync/connector.ts'
import type { DestinationIo } from '@muster/core/sync/destination.ts'
import type { Database } from '../db/database.ts'
import type { SecretBox } from './secret-box.ts'

/** What every operation of the sync half works with. */
export interface SyncContext {
  readonly database: Database
  /** Where files are kept: one folder a sync. */
  readonly directory: string
  readonly connectors: Connectors
  readonly secrets: SecretBox
  readonly io: DestinationIo
  /** The address of a page of the web app, for people outside of it. */
  readonly link: (path: string) => string
  readonly clock: () => Instant
  readonly log: Log
  /** What the engine may hold in memory for one run, in MB. */
  readonly memoryMb: number
}

/** The folder of a sync's files. */
export function syncDirectory(context: SyncContext, syncId: number): string {
  return join(context.directory, String(syncId))
}
