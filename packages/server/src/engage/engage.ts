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
import { openRenderer } from './renderer.ts'
import { sendBatch } from './send-messages.ts'

export interface EngageOptions {
  /** Under the role muster_engage. */
  readonly database: Database
  /** The engagement half's time: what is due, when something happened. Leases go by real time. */
  readonly clock: () => Instant
  readonly log: Log
  /** The ways to people; the composition hands in what each needs. */
  readonly channels: (inbox: InboxStore) => readonly Channel[]
}

/** The engagement half: what the stores need, the acts that set its loops to work, and the loops. */
export interface Engage {
  readonly database: Database
  readonly clock: () => Instant
  readonly log: Log
  readonly channels: readonly Channel[]
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

export function openEngage({ database, clock, log, channels: open }: EngageOptions): Engage {
  const channels = open(openInboxStore(database, clock))
  const renderer = openRenderer({ limitMs: 5_000 })
  let sends: Loop | null = null
  let canvases: Loop | null = null

  const start = (): void => {
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
    database,
    clock,
    log,
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
      await renderer.close()
    },
  }
}
