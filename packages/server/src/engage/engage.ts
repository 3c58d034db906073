import type { InboxStore } from '@muster/core/engage/inbox.ts'
import type { Channel } from '@muster/core/engage/message.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Database } from '../db/database.ts'
import { type Loop, startLoop } from '../jobs/loop.ts'
import { advanceEntries } from './advance-canvas.ts'
import { sendCampaign } from './campaign-store.ts'
import { launchCanvas } from './canvas-store.ts'
import { openInboxStore } from './inbox-store.ts'
import { createPartnerRequestLog, type PartnerRequestLog } from './partner-request-log.ts'
import { openRenderer } from './renderer.ts'
import { sendBatch } from './send-messages.ts'
import { startUpkeep } from './upkeep.ts'

export interface EngageOptions {
  /** Under the role muster_engage. */
  readonly database: Database
  /** The engagement half's time: what is due, when something happened. Leases go by real time. */
  readonly clock: () => Instant
  readonly log: Log
  /** The ways to people; the composition hands in what each needs. */
  readonly channels: (inbox: InboxStore) => readonly Channel[]
  readonly settings?: EngageSettings
}

export interface EngageSettings {
  /** Requests of one data import key to the partner endpoints, an hour of the clock. */
  readonly cohortRequestsPerHour: number
  /** What `/users/track` counts towards its 75 objects: all arrays together (the default), or each alone. */
  readonly trackLimit?: 'combined' | 'each'
  /** How long partner requests are kept. */
  readonly importsKeptMs: number
}

const defaultSettings: EngageSettings = {
  cohortRequestsPerHour: 250_000,
  importsKeptMs: 30 * 86_400_000,
}

/** The engagement half: what the stores need, the acts that set its loops to work, and the loops. */
export interface Engage {
  readonly database: Database
  readonly clock: () => Instant
  readonly log: Log
  readonly channels: readonly Channel[]
  readonly settings: EngageSettings
  readonly partnerRequests: PartnerRequestLog
  /** Reserves the messages of a campaign now; returns how many. */
  sendCampaign(name: string): Promise<number>
  /** Lets the segment's people enter a Canvas now; returns how many. */
  launchCanvas(name: string): Promise<number>
  /** Begins to send messages and to advance Canvases, in this process beside any others. */
  start(): void
  /** Lets the turns under way end. */
  close(): Promise<void>
}

const tickMs = 250

export function openEngage({
  database,
  clock,
  log,
  channels: open,
  settings = defaultSettings,
}: EngageOptions): Engage {
  const channels = open(openInboxStore(database, clock))
  const renderer = openRenderer({ limitMs: 5_000 })
  let sends: Loop | null = null
  let canvases: Loop | null = null
  let upkeep: readonly Loop[] | null = null
  const partnerRequests = createPartnerRequestLog(database, log)
  const kept = { database, clock, log, settings, partnerRequests }

  const start = (): void => {
    upkeep ??= startUpkeep(kept)
    sends ??= startLoop({
      name: 'sending messages',
      everyMs: tickMs,
      turn: () => sendBatch({ database, channels, renderer, clock, log }),
      log,
    })
    canvases ??= startLoop({
      name: 'advancing Canvases',
      everyMs: tickMs,
      turn: async () => {
        const moved = await advanceEntries(database, clock())
        if (moved > 0) sends?.wake()
        return moved > 0
      },
      log,
    })
  }
  return {
    ...kept,
    channels,
    start,
    sendCampaign: async (name) => {
      const reserved = await sendCampaign(database, name, clock())
      sends?.wake()
      return reserved
    },
    launchCanvas: async (name) => {
      const entering = await launchCanvas(database, name, clock())
      canvases?.wake()
      return entering
    },
    close: async () => {
      await canvases?.stop()
      await sends?.stop()
      for (const loop of upkeep ?? []) await loop.stop()
      await partnerRequests.flush()
      await renderer.close()
    },
  }
}
