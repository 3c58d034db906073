import { createHash } from 'node:crypto'
import { sealDestination } from '@muster/core/sync/connector.ts'
import type { Batch, Destination } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'
import { Endpoint } from '../../http/endpoint.ts'
import { exchange } from '../../http/exchange.ts'
import { readReceiverAnswer, signatureHeaders, WebhookSecret } from '../../http/standard-webhook.ts'

const Config = z.strictObject({
  url: Endpoint,
  secret: WebhookSecret,
  /** Requests in flight at once; a process that dies in the middle repeats as many. */
  concurrency: z.int().min(1).max(4).optional(),
})
type Config = z.output<typeof Config>

interface Message {
  readonly id: string
  readonly type: 'ping' | 'cohort.named' | 'cohort.members_added' | 'cohort.members_removed'
  readonly data: object
}

const webhook: Destination<Config> = {
  name: 'webhook',
  title: 'Webhook',
  config: Config,
  secrets: ['secret'],
  accepts: ['external_id', 'alias', 'device_id'],
  limits: { idsPerRequest: 1_000, requestsPerHour: 250_000, concurrency: 4 },
  place: ({ url }) => url,
  open: ({ url, secret, concurrency }, io) => {
    const send = (message: Message, signal: AbortSignal): Promise<Outcome> => {
      const { id, ...body } = { ...message, timestamp: new Date().toISOString() }
      const headers = signatureHeaders(secret, {
        id,
        at: Math.floor(Date.now() / 1_000),
        text: JSON.stringify(body),
      })
      return exchange(io, { url, body, headers, secrets: [secret], signal, read: readReceiverAnswer })
    }
    return {
      concurrency,
      check: (signal) => send({ id: `ping_${Date.now()}`, type: 'ping', data: {} }, signal),
      nameCohort: ({ cohortId, name, createdAt }, signal) =>
        send(
          {
            id: messageId(['named', cohortId, name]),
            type: 'cohort.named',
            data: { cohort_id: cohortId, name, created_at: new Date(createdAt).toISOString() },
          },
          signal,
        ),
      deliver: (batch, signal) => send(membersMessage(batch), signal),
    }
  },
}

export const destination = sealDestination(webhook)

function membersMessage({ id, cohortId, operation, identifiers }: Batch): Message {
  return {
    id: messageId([operation, cohortId, id]),
    type: operation === 'add' ? 'cohort.members_added' : 'cohort.members_removed',
    data: { cohort_id: cohortId, members: identifiers.map(memberOf) },
  }
}

/** The same for a message that is sent again, so that a receiver may leave the second out. */
function messageId(parts: readonly string[]): string {
  return `msg_${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)}`
}

function memberOf(identifier: Identifier): object {
  if (identifier.kind !== 'alias') return { [identifier.kind]: identifier.value }
  return { alias: { label: identifier.label, name: identifier.name } }
}
