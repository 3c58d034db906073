import { randomUUID } from 'node:crypto'
import { templateScope } from '@muster/core/engage/liquid.ts'
import type { Channel, RenderedMessage, SendOutcome } from '@muster/core/engage/message.ts'
import { messageOf } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import type { Log } from '@muster/core/lib/log.ts'
import type { Queryable } from '../db/database.ts'
import {
  type ClaimedSend,
  claimSends,
  leaseMs,
  readTemplates,
  recoverSends,
  type Settlement,
  settleSends,
  type TemplateRow,
} from './ledger.ts'
import { messageId } from './message-id.ts'
import { type ProfileRow, profileOf } from './profile-store.ts'
import type { Renderer } from './renderer.ts'

export interface SendContext {
  readonly database: Queryable
  readonly channels: readonly Channel[]
  readonly renderer: Renderer
  readonly clock: () => Instant
  readonly log: Log
}

const batchSize = 500
const mostAttempts = 5
/** A batch ends before its lease does: nobody else takes it up while a channel is still at it. */
const sendLimitMs = leaseMs - 5_000

/**
 * One turn of the send loop: claims a batch of the ledger, renders it, hands it to its channels and writes each message's
 * fate. Returns true when there may be more. Any number of processes may run it at once.
 */
export async function sendBatch(context: SendContext): Promise<boolean> {
  const { database, channels, clock, log } = context
  const idempotent = channels.filter((channel) => channel.idempotent).map((channel) => channel.name)
  const recovered = await recoverSends(database, idempotent, clock())
  if (recovered > 0) log.warn('took up messages that another process had left', { messages: recovered })
  const claim = randomUUID()
  const claimed = await claimSends(database, { claim, limit: batchSize })
  if (claimed.length === 0) return false
  const deadline = AbortSignal.timeout(sendLimitMs)
  const templates = await readTemplates(database, [...new Set(claimed.map((send) => send.template))])
  for (const template of templates) {
    const sends = claimed.filter((send) => send.template === template.template)
    const settlements = await sendTemplate(context, { template, sends, deadline })
    await settleSends(database, { claim, settlements, now: clock() })
  }
  return true
}

interface TemplateBatch {
  readonly template: TemplateRow
  readonly sends: readonly ClaimedSend[]
  readonly deadline: AbortSignal
}

async function sendTemplate(
  { channels, renderer }: SendContext,
  { template, sends, deadline }: TemplateBatch,
): Promise<Settlement[]> {
  const channel = channels.find((candidate) => candidate.name === template.channel)
  if (!channel) return sends.map(({ send }) => failed(send, `there is no channel "${template.channel}"`))
  const present = sends.flatMap((send) => (hasProfile(send) ? [send] : []))
  const gone = sends.filter((send) => !hasProfile(send)).map(({ send }) => failed(send, 'the user is gone'))
  const texts = await renderer.render(
    template,
    present.map((send) => templateScope(profileOf(send))),
  )
  const unrendered: Settlement[] = []
  const ready: { send: ClaimedSend; message: RenderedMessage }[] = []
  for (const [place, send] of present.entries()) {
    const text = texts[place]
    if (text?.ok) ready.push({ send, message: { ...text, id: messageId(send.send), to: recipientOf(send) } })
    else unrendered.push(failed(send.send, text?.reason ?? 'it was not rendered'))
  }
  const outcomes = await handToChannel(
    channel,
    ready.map(({ message }) => message),
    deadline,
  )
  const tried = ready.map(({ send }, place) => settle(channel, send, outcomes[place]))
  return [...gone, ...unrendered, ...tried]
}

async function handToChannel(
  channel: Channel,
  messages: readonly RenderedMessage[],
  deadline: AbortSignal,
): Promise<readonly SendOutcome[]> {
  if (messages.length === 0) return []
  try {
    return await channel.send(messages, deadline)
  } catch (error) {
    return messages.map(() => ({ kind: 'unknown', reason: messageOf(error) }))
  }
}

/** A message of unknown fate is tried again only where a second attempt cannot reach the person twice. */
function settle(channel: Channel, send: ClaimedSend, outcome: SendOutcome | undefined): Settlement {
  const known = outcome ?? { kind: 'unknown', reason: 'the channel gave no outcome' }
  if (known.kind === 'unknown' && channel.idempotent && send.attempts < mostAttempts) {
    return {
      send: send.send,
      outcome: { kind: 'retry', reason: known.reason, afterMs: 1_000 * 2 ** send.attempts },
    }
  }
  return { send: send.send, outcome: known }
}

function failed(send: number, reason: string): Settlement {
  return { send, outcome: { kind: 'failed', reason } }
}

function hasProfile(send: ClaimedSend): send is ClaimedSend & ProfileRow {
  return send.profile_id !== undefined && send.profile_id !== null
}

function recipientOf(row: ProfileRow): RenderedMessage['to'] {
  return { brazeId: row.braze_id, externalId: row.external_id, email: row.email, phone: row.phone }
}
